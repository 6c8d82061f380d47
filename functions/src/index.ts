/** The deployed functions, in the order in which a campaign meets them. */
export { api } from './entry/api.ts';
export { launch } from './entry/launch.ts';
export { conduct } from './entry/conduct.ts';
export { sendRange } from './entry/sendRange.ts';
export { retry } from './entry/retry.ts';
export { care } from './entry/care.ts';
export { sweep } from './entry/sweep.ts';
export { deadLetter } from './entry/deadLetter.ts';
