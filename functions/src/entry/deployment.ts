import { INSTANCE_MEMORY_MIB } from '../config.ts';
import { leaveDomainsOut } from '../http/domains.ts';

leaveDomainsOut();

/**
 * What all functions are deployed with. Seoul, beside the members: deployment needs the region as a literal; the
 * parameter REGION, which tells the code where its queues are, must say the same.
 */
export const DEPLOYMENT = {
  region: 'asia-northeast3',
  memory: `${INSTANCE_MEMORY_MIB}MiB`,
  timeoutSeconds: 120,
} as const;
