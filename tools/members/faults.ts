/**
 * What the FCM simulator does at an address that starts with this and a colon (simulators/fcm/README.md), and what a
 * message to it must end as. `flaky` and `hang` are trouble that a pipeline has to overcome.
 */
export const FAULTS = {
  dead: 'invalid.unregistered',
  malformed: 'invalid.malformed',
  mismatch: 'invalid.sender-mismatch',
  apns: 'failed.third-party-auth',
  badpayload: 'failed.payload',
  'flaky-1-unavailable': 'accepted.fcm',
  'flaky-1-internal': 'accepted.fcm',
  'hang-8000': 'accepted.fcm',
} as const;
export type Fault = keyof typeof FAULTS;

/** Share of all addresses with each fault, 0 to 1. */
export type FaultShares = Readonly<Partial<Record<Fault, number>>>;

export const DEFAULT_FAULTS: FaultShares = { dead: 0.02, malformed: 0.005, mismatch: 0.0025 };

/**
 * Reads `<fault>=<share>` as the scripts take it, e.g. `hang-8000=0.05`.
 * @returns `shares` with these put in their place.
 * @throws RangeError that says which one is wrong.
 */
export function withFaults(shares: FaultShares, texts: readonly string[]): FaultShares {
  const changed: Partial<Record<Fault, number>> = { ...shares };
  for (const text of texts) {
    const [name = '', value = '', ...more] = text.split('=');
    const share = Number(value);
    if (!isFault(name)) throw new RangeError(`"${name}" is no fault; there are ${Object.keys(FAULTS).join(', ')}`);
    if (!/^\d*\.?\d+$/.test(value) || more.length > 0) {
      throw new RangeError(`"${text}" needs a share from 0 to 1, such as ${name}=0.05`);
    }
    changed[name] = share;
  }
  const sum = Object.values(changed).reduce((total, share) => total + share, 0);
  if (sum > 1) throw new RangeError(`the shares of all faults add up to ${sum}, which is more than 1`);
  return changed;
}

/** The fault that an address asks for; null for one that works. */
export function faultOf(address: string): Fault | null {
  const prefix = address.slice(0, Math.max(0, address.indexOf(':')));
  return isFault(prefix) ? prefix : null;
}

function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}
