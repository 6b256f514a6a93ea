// Loaded first by every script and every test file: the programs that they start send no multicast packet, which would leave this
// machine. Tests of finding turn it on again for programs in network namespaces of their own.

import process from 'node:process';

process.env['IMAGE_SOCKET_MULTICAST'] ??= 'off';
