import { defineHardships } from './hardships.ts';
import { defineMainJob } from './suite.ts';

defineMainJob({ sender: 'node', receiver: 'node' });
defineHardships({ sender: 'node', receiver: 'node' });
