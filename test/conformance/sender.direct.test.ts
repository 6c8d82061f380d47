import { senderConformance } from './sender.ts';
import { connectionConformance } from './senderConnections.ts';

senderConformance('direct');
connectionConformance('direct');
