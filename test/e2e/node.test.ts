import { defineAccessControl } from './access-control.ts';
import { defineRobustness } from './robustness.ts';
import { defineMainJob, protocolNames } from './suite.ts';

for (const protocol of protocolNames) defineMainJob({ sender: 'node', receiver: 'node' }, protocol);
defineRobustness({ sender: 'node', receiver: 'node' });
defineAccessControl({ sender: 'node', receiver: 'node' });
