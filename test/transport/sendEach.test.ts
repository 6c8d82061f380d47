import { sendThrough } from '../integration/support/cloud.ts';

// The campaigns of test/integration once more, through the transport that is not the default.
sendThrough('sendEach');
await import('../integration/campaign.test.ts');
