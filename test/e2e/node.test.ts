import { defineHardships } from './hardships.ts';
import { defineStrangers } from './strangers.ts';
import { defineMainJob, protocolNames } from './suite.ts';

for (const way of protocolNames) defineMainJob({ sender: 'node', receiver: 'node' }, way);
defineHardships({ sender: 'node', receiver: 'node' });
defineStrangers({ sender: 'node', receiver: 'node' });
