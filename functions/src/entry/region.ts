import { setGlobalOptions } from 'firebase-functions/v2';

/**
 * Seoul, beside the members. Deployment needs the region as a literal; the parameter REGION tells the code where its
 * queues are, and must be the same.
 */
setGlobalOptions({ region: 'asia-northeast3', timeoutSeconds: 120, memory: '512MiB' });
