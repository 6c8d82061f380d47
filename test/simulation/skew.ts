/** How far an instance's clock may be off, either way. */
export const SKEW_MS = 2_000;
/** A POST is on its way for as long as FCM's latency, and begins by a clock that may be off. */
export const ON_ITS_WAY_MS = SKEW_MS + 500;
