import { defineHardships } from './hardships.ts';
import { defineMainJob } from './suite.ts';

defineMainJob({ sender: 'packaged', receiver: 'packaged' });
defineHardships({ sender: 'packaged', receiver: 'packaged' });
