import { MemoryDocuments } from '../memory/documents.ts';
import { documentsConformance } from './documents.ts';

describe('documents in memory', () => {
  documentsConformance(() => new MemoryDocuments());
});
