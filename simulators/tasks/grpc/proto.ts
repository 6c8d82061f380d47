import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

const SERVICE = 'google.cloud.tasks.v2.CloudTasks';

/**
 * The service's definition, from the protobuf descriptors that ship inside `@google-cloud/tasks`, so that simulator and
 * client cannot disagree about the wire. The package does not export that file, hence the way through its folder.
 *
 * Throws when the package is not installed or has moved its descriptors.
 */
export function loadCloudTasksService(): ServiceDefinition {
  const packageJson = findPackageJSON('@google-cloud/tasks', import.meta.url);
  if (packageJson === undefined) throw new Error('@google-cloud/tasks is not installed');
  const descriptors = JSON.parse(readFileSync(join(dirname(packageJson), 'build/protos/protos.json'), 'utf8'));
  const definitions = fromJSON(descriptors, { longs: String, enums: String, defaults: true, oneofs: true });
  const service = definitions[SERVICE];
  if (service === undefined) throw new Error(`@google-cloud/tasks no longer describes ${SERVICE}`);
  return service as ServiceDefinition;
}
