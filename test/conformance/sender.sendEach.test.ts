import { stopConformance } from './senderStop.ts';
import { validateConformance } from './senderValidate.ts';
import { senderConformance } from './sender.ts';
import { answerConformance } from './senderAnswers.ts';
import { connectionConformance } from './senderConnections.ts';

senderConformance('sendEach');
answerConformance('sendEach');
connectionConformance('sendEach');
stopConformance('sendEach');
validateConformance('sendEach');
