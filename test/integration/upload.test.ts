import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BongsuError, RecipientInput } from '../../client/index.ts';
import { client, cloud, ended } from './support/cloud.ts';

/** Stands in every text, token and variable of the upload, and in no key. */
const MARK = 'GEHEIM';
const RECIPIENTS = 2_600;

function* recipients(): Generator<RecipientInput> {
  for (let index = 0; index < RECIPIENTS; index += 1) {
    const prefix = index === 5 ? 'dead:' : index === 6 ? 'flaky-1-unavailable:' : '';
    yield {
      key: `o-${index}`,
      token: `${prefix}${MARK}-${index}`,
      title: `${MARK} ${index}`,
      body: '{{name}}',
      vars: { name: `${MARK}님 ${index}` },
    };
  }
}

/** Every document of the emulator as it answers them, bytes decoded, but for the ones that are to hold people's data. */
async function documents(): Promise<string[]> {
  const { firestore, project } = cloud().endpoints;
  const root = `http://${firestore}/v1/projects/${project}/databases/(default)/documents:runQuery`;
  const found: string[] = [];
  for (const collectionId of ['campaigns', 'parts', 'recipients', 'keys', 'ranges', 'batches', 'nonces']) {
    const structuredQuery = { from: [{ collectionId, allDescendants: true }] };
    const response = await fetch(root, {
      method: 'POST',
      headers: { authorization: 'Bearer owner' },
      body: JSON.stringify({ structuredQuery }),
    });
    const text = await response.text();
    assert.ok(response.ok, text);
    found.push(
      text.replaceAll(/"bytesValue":\s*"([^"]*)"/g, (_all, bytes: string) =>
        Buffer.from(bytes, 'base64').toString('latin1'),
      ),
    );
  }
  return found;
}

/** What the functions and the bridge wrote; the simulators' and emulators' own logs are theirs. */
function logs(): string[] {
  const folder = join(cloud().folder, 'logs');
  const names = readdirSync(folder).filter((name) => /^(host|bridge|ticker)/.test(name));
  assert.ok(names.length >= 4, names.join(', '));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

describe('an upload on the local cloud', function () {
  this.timeout(120_000);

  it('is sent text by text, and nothing personal is left of it', async () => {
    const id = `upload-${Date.now()}`;
    await client().createCampaign({ id, kind: 'transactional', audience: { recipients: {} }, message: {} });
    const seal = await client().putRecipients(id, recipients(), { maxLines: 900 });
    assert.deepEqual(seal, { parts: 3, recipients: RECIPIENTS });
    assert.ok(
      (await documents()).some((text) => text.includes(MARK)),
      'the search finds what is there',
    );
    await assert.rejects(client().startCampaign(id, { parts: 4, recipients: RECIPIENTS }), (error: BongsuError) => {
      return error.status === 409 && error.detail.includes('missing: 4');
    });
    await client().startCampaign(id, seal);
    const view = await ended(id);
    assert.deepEqual(view.reasons, { 'accepted.fcm': RECIPIENTS - 1, 'invalid.unregistered': 1 });
    assert.equal(view.conserved, true);
    const { messages } = await client().outcome(id, 'o-6');
    assert.deepEqual(
      messages.map(({ outcome, attempts }) => [outcome, attempts]),
      [['accepted', 2]],
    );
    const left = [...(await documents()), ...logs()];
    assert.ok(left.some((text) => text.includes(id)));
    assert.ok(left.every((text) => !text.includes(MARK)));
  });
});
