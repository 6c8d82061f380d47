/**
 * What the FCM simulator does at an address that starts with this and a colon (simulators/fcm/README.md), and what a
 * message to it comes to in the end. With `flaky-1` it happens at the first request alone, so that the pipeline can
 * overcome it.
 */
interface AddressFault {
  readonly outcome: string;
  /** The first POST is written and nobody learns what FCM made of it. */
  readonly ambiguous?: true;
  /** Breaks its whole connection, or keeps its batch waiting: a few of them trouble many others. */
  readonly hard?: true;
}

const ACCEPTED = 'accepted.fcm';

/** The whole table of the simulator. */
const ADDRESS_FAULTS: Readonly<Record<string, AddressFault>> = {
  dead: { outcome: 'invalid.unregistered' },
  malformed: { outcome: 'invalid.malformed' },
  mismatch: { outcome: 'invalid.sender-mismatch' },
  badpayload: { outcome: 'failed.payload' },
  toobig: { outcome: 'failed.payload' },
  apns: { outcome: 'failed.third-party-auth' },
  'after-3000-dead': { outcome: 'invalid.unregistered', hard: true },
  'flaky-1-unauthenticated': { outcome: ACCEPTED },
  'flaky-1-forbidden': { outcome: ACCEPTED },
  'flaky-1-quota-10': { outcome: ACCEPTED },
  'flaky-1-devicequota-10': { outcome: ACCEPTED },
  'flaky-1-internal': { outcome: ACCEPTED },
  'flaky-1-unavailable-10': { outcome: ACCEPTED },
  'flaky-1-html': { outcome: ACCEPTED, hard: true },
  'flaky-1-reset-7': { outcome: ACCEPTED },
  'flaky-1-cutoff': { outcome: ACCEPTED, hard: true },
  goaway: { outcome: ACCEPTED, hard: true },
  'hang-5000': { outcome: ACCEPTED, hard: true },
  'flaky-1-reset-11': { outcome: ACCEPTED, ambiguous: true },
  'flaky-1-drop': { outcome: ACCEPTED, ambiguous: true, hard: true },
  'flaky-1-ok200html': { outcome: ACCEPTED, ambiguous: true },
  'flaky-1-never': { outcome: ACCEPTED, ambiguous: true, hard: true },
  'flaky-1-lost': { outcome: ACCEPTED, ambiguous: true },
  'flaky-1-acceptdrop': { outcome: ACCEPTED, ambiguous: true, hard: true },
  'flaky-1-empty200': { outcome: ACCEPTED, ambiguous: true },
  'flaky-1-headersreset': { outcome: ACCEPTED, ambiguous: true },
  'flaky-1-halfbody': { outcome: ACCEPTED, ambiguous: true },
};

export const ADDRESS_FAULT_NAMES: readonly string[] = Object.keys(ADDRESS_FAULTS);
const HARD = ADDRESS_FAULT_NAMES.filter((name) => ADDRESS_FAULTS[name]?.hard === true);
const SOFT = ADDRESS_FAULT_NAMES.filter((name) => !HARD.includes(name));

/** One address in so many misbehaves softly. */
const SOFT_EVERY = 25;
/** So many addresses of each campaign misbehave in each hard way, whatever its size. */
const HARD_EACH = 6;

/** The fault of the address at this place among a campaign's; null for one that works. */
export function faultAt(place: number, members: number): string | null {
  const hardEvery = Math.max(2, Math.floor(members / (HARD.length * HARD_EACH * 2)));
  if (place % hardEvery === 1) return HARD[Math.floor(place / hardEvery) % HARD.length] ?? null;
  if (place % SOFT_EVERY === 0) return SOFT[(place / SOFT_EVERY) % SOFT.length] ?? null;
  return null;
}

/** The fault that an address asks for; null for one that works. */
export function faultOf(address: string): string | null {
  const prefix = address.slice(0, Math.max(0, address.indexOf(':')));
  return Object.hasOwn(ADDRESS_FAULTS, prefix) ? prefix : null;
}

/** What a message to this address comes to, as `<outcome>.<reason>`, when its attempts do not run out. */
export function outcomeAt(address: string): string {
  return ADDRESS_FAULTS[faultOf(address) ?? '']?.outcome ?? ACCEPTED;
}

/** Whether the first POST to this address leaves open what FCM made of it. */
export function isAmbiguousAt(address: string): boolean {
  return ADDRESS_FAULTS[faultOf(address) ?? '']?.ambiguous === true;
}

/** The fault as a kind of trouble. */
export const addressKind = (fault: string): string => `address.${fault}`;
