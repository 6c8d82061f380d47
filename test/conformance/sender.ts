import assert from 'node:assert/strict';
import { ROWS, type Row } from './senderRows.ts';
import { withStand, type Sent, type TransportName } from './senderStand.ts';

/** As many as make some connections share the batch: FCM allows 100 streams on each. */
const BATCH = 150;
/** Where nothing is to time out, nothing does on a machine that is busy with other things either. */
const UNHURRIED_MS = 10_000;
/** Long enough for the neighbours of a message that times out. */
const HURRIED_MS = 2_500;

/** What every adapter of the port `Sender` keeps, whatever FCM and the network do. The simulator's account decides. */
export function senderConformance(transport: TransportName): void {
  describe(`sender: ${transport}`, function () {
    this.timeout(30_000);
    for (const row of ROWS) describeRow(transport, row);
  });
}

function describeRow(transport: TransportName, row: Row): void {
  const { trouble, prefix, culprit, breaksConnection } = row;
  const timesOut = culprit.some((result) => result.kind === 'ambiguous' && result.reason === 'timed-out');
  const deadlineMs = timesOut ? HURRIED_MS : UNHURRIED_MS;

  it(`${trouble}: one culprit among ${BATCH}`, async () => {
    await withStand(transport, { deadlineMs }, async ({ send }) => {
      const tokens = Array.from({ length: BATCH }, (_, index) => `${index === 40 ? prefix : 'accept'}:${index}`);
      const { results } = await send(tokens);
      oneOf(results[40], culprit);
      const others = results.filter((_, index) => index !== 40);
      if (!breaksConnection) for (const result of others) assert.equal(result.kind, 'accepted');
      // The connection that does not carry the culprit goes on.
      assert.ok(others.some(({ kind }) => kind === 'accepted'));
    });
  });

  it(`${trouble}: all ${BATCH}`, async () => {
    await withStand(transport, { deadlineMs }, async ({ send, posts }) => {
      const { results } = await send(Array.from({ length: BATCH }, (_, index) => `${prefix}:${index}`));
      for (const result of results) oneOf(result, culprit);
      if (!breaksConnection) assert.equal(posts().size, BATCH, 'each was posted');
    });
  });
}

function oneOf(result: Sent['results'][number] | undefined, allowed: readonly object[]): void {
  assert.ok(
    allowed.some((candidate) => JSON.stringify(candidate) === JSON.stringify(result)),
    `${JSON.stringify(result)} is none of ${JSON.stringify(allowed)}`,
  );
}
