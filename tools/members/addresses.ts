import type { Member } from '../../client/index.ts';
import type { Fault, FaultShares } from './faults.ts';
import type { Random } from './random.ts';

type Address = Member['addresses'][number];

/** A Firebase installation ID has 22 characters; a registration token is one, `:APA91b` and 134 more. */
const FID_LENGTH = 22;
const TOKEN_TAIL_LENGTH = 134;
/** Apps that register by installation ID, FCM's newer way. */
const FID_SHARE = 0.05;
const IOS_SHARE = 0.3;
const WEB_SHARE = 0.05;

/** One device's address. `registeredAt` lies between `since` and `until`, both in milliseconds since 1970. */
export function address(random: Random, faults: FaultShares, sinceMs: number, untilMs: number): Address {
  const platform = platformOf(random);
  const registeredAt = new Date(sinceMs + random.below(untilMs - sinceMs)).toISOString();
  const fault = faultFor(random, faults);
  if (fault !== null) return { token: faultyToken(random, fault), platform, registeredAt };
  if (random.chance(FID_SHARE)) return { fid: random.text(FID_LENGTH), platform, registeredAt };
  const token = `${random.text(FID_LENGTH)}:APA91b${random.text(TOKEN_TAIL_LENGTH)}`;
  return { token, platform, registeredAt };
}

function platformOf(random: Random): 'android' | 'ios' | 'web' {
  const at = random.next() / 2 ** 32;
  if (at < IOS_SHARE) return 'ios';
  return at < IOS_SHARE + WEB_SHARE ? 'web' : 'android';
}

function faultFor(random: Random, faults: FaultShares): Fault | null {
  let at = random.next() / 2 ** 32;
  for (const [fault, share] of Object.entries(faults)) {
    if (at < share) return fault as Fault;
    at -= share;
  }
  return null;
}

/** As long as a real token. Without `APA91b`, which tells the simulator that a token only looks like a fault. */
function faultyToken(random: Random, fault: Fault): string {
  return `${fault}:${random.text(FID_LENGTH + TOKEN_TAIL_LENGTH)}`;
}
