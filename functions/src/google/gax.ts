import { createRequire } from 'node:module';

/*
 * Firestore's client requires `google-gax/fallback` with each commit and each read. Node remembers what a name was resolved
 * to for the folder from which the module was loaded first, and asks the file system again for every other. So it is
 * loaded from the client's folder, before the client is; docs/decisions/0012-load-sdks-late.md says what it took.
 */
const require = createRequire(import.meta.url);
createRequire(require.resolve('@google-cloud/firestore'))('google-gax/fallback');
