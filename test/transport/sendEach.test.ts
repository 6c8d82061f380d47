// The campaigns of test/integration once more, through the transport that is not the default.
import '../integration/campaign.test.ts';
import { sendThrough } from '../integration/support/cloud.ts';

sendThrough('sendEach');
