import * as logger from 'firebase-functions/logger';
import type { Log } from '../ports.ts';

/** Cloud Logging's structured entries. */
export const cloudLog: Log = {
  info: (event, fields) => logger.info(event, fields),
  warn: (event, fields) => logger.warn(event, fields),
  error: (event, fields) => logger.error(event, fields),
};
