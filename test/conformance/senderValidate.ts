import assert from 'node:assert/strict';
import type { SendResult } from '../../functions/src/contract/push.ts';
import { pushTo, withStand, type TransportName } from './senderStand.ts';

/** A test send may ask FCM to check a message without delivering it. */
export function validateConformance(transport: TransportName): void {
  describe(`sender: ${transport}: validate only`, () => {
    it('is told what FCM would say, and shows nobody anything', async () => {
      await withStand(transport, {}, async ({ simulator, sender, posts }) => {
        const results: SendResult[] = [];
        const pushes = [pushTo('fine'), pushTo('dead:1')];
        await sender.send(pushes, (index, result) => (results[index] = result), undefined, 'validate');
        assert.deepEqual(results, [{ kind: 'accepted' }, { kind: 'refused', code: 'UNREGISTERED' }]);
        assert.deepEqual(
          [posts().get('fine'), posts().get('dead:1')].map((seen) => seen?.map(({ decision }) => decision)),
          [['validated'], ['UNREGISTERED']],
        );
        const { accepted, validated } = simulator.recorder.report(Date.now());
        assert.deepEqual({ accepted, validated }, { accepted: 0, validated: 1 });
      });
    });
  });
}
