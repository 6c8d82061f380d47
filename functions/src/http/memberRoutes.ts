import { z } from 'zod';
import { memberNoSchema } from '../contract/ids.ts';
import {
  consentDueSchema,
  instant,
  MEMBER_MAX_BYTES,
  memberPatchSchema,
  memberSchema,
  memberViewSchema,
  membersAnswerSchema,
} from '../contract/member.ts';
import { ProblemError } from '../contract/problem.ts';
import { jsonBody, ndjsonBody } from './body.ts';
import { defineRoute, type Route } from './route.ts';

const nothing = z.strictObject({});

const byMemberNo = z.strictObject({
  memberNo: z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'must be a member number in decimal')
    .transform(Number)
    .pipe(memberNoSchema),
});

export const memberRoutes: readonly Route[] = [
  defineRoute({
    method: 'PUT',
    path: '/v1/members',
    operationId: 'putMembers',
    summary: 'Store members',
    description:
      'NDJSON, one member a line, at most 10,000 lines or 24 MiB. Each line replaces what was known of its member. ' +
      'All lines are checked before anything is written; no member may stand on two lines.',
    scope: 'members:write',
    changes: true,
    params: nothing,
    query: nothing,
    body: ndjsonBody(memberSchema, {
      unique: { field: '/memberNo', of: (member) => member.memberNo },
      maxValueBytes: MEMBER_MAX_BYTES,
    }),
    answers: [{ status: 200, description: 'All are stored.', schema: membersAnswerSchema }],
    problems: [],
    run: async (service, { body, caller }) => ({ status: 200, json: await service.putMembers(body, caller) }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/members/consents',
    operationId: 'listConsentsDue',
    summary: 'Tell whose consent is to be confirmed again',
    description:
      'Korean law asks for a confirmation every two years. One line for each consent that is due before the moment given. ' +
      'Reads the whole directory. A connection that is cut before its end says that lines are missing.',
    scope: 'members:read',
    changes: false,
    params: nothing,
    query: z.strictObject({ dueBefore: instant }),
    body: null,
    answers: [
      {
        status: 200,
        description: 'NDJSON: each line is one of these.',
        schema: consentDueSchema,
        contentType: 'application/x-ndjson',
      },
    ],
    problems: [],
    run: async (service, { query }) => ({ status: 200, lines: service.consentsDue(Date.parse(query.dueBefore)) }),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/members/{memberNo}',
    operationId: 'patchMember',
    summary: 'Change some of what is known of a member',
    description:
      'What is given takes the place of what was known, all else stays; of `consent` each kind by itself. A consent that ' +
      'is withdrawn keeps the member from every message that has not been posted yet, those of running campaigns included.',
    scope: 'members:write',
    changes: true,
    params: byMemberNo,
    query: nothing,
    body: jsonBody(memberPatchSchema),
    answers: [{ status: 200, description: 'The member as it is now.', schema: memberViewSchema }],
    problems: ['not_found'],
    run: async (service, { params, body }) => ({ status: 200, json: await service.patchMember(params.memberNo, body) }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/members/{memberNo}',
    operationId: 'getMember',
    summary: 'Tell what is known of a member',
    scope: 'members:read',
    changes: false,
    params: byMemberNo,
    query: nothing,
    body: null,
    answers: [{ status: 200, description: 'The member.', schema: memberViewSchema }],
    problems: ['not_found'],
    run: async (service, { params }) => {
      const member = await service.member(params.memberNo);
      if (member === null) throw new ProblemError('not_found', 'There is no member with this number.');
      return { status: 200, json: member };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/members/{memberNo}',
    operationId: 'removeMember',
    summary: 'Forget a member',
    description: 'Answers the same where the member was not known.',
    scope: 'members:write',
    changes: true,
    params: byMemberNo,
    query: nothing,
    body: null,
    answers: [{ status: 204, description: 'Nothing is known of the member any more.' }],
    problems: [],
    run: async (service, { params }) => {
      await service.removeMember(params.memberNo);
      return { status: 204 };
    },
  }),
];
