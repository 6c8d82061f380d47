import { senderConformance } from './sender.ts';
import { connectionConformance } from './senderConnections.ts';

senderConformance('sendEach');
connectionConformance('sendEach');
