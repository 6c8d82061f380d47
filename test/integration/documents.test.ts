import { firestoreDocuments } from '../../functions/src/google/firestore.ts';
import { documentsConformance } from '../conformance/documents.ts';
import { cloud } from './support/cloud.ts';

describe('documents in Firestore', function () {
  this.timeout(30_000);
  let documents: ReturnType<typeof firestoreDocuments> | undefined;

  before(() => {
    process.env['FIRESTORE_EMULATOR_HOST'] = cloud().endpoints.firestore;
    documents = firestoreDocuments(cloud().endpoints.project);
  });

  after(async () => {
    await documents?.close();
    delete process.env['FIRESTORE_EMULATOR_HOST'];
  });

  documentsConformance(() => documents as NonNullable<typeof documents>);
});
