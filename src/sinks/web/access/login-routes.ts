import { trimSpace } from '../../../protocol/ascii.ts';
import type { Assets } from '../assets.ts';
import type { HttpExchange } from '../http/http-exchange.ts';
import type { Router } from '../http/router.ts';
import type { AccessControl } from './access-control.ts';

const maxFormBytes = 4096;

/** Adds the log-in form and what it is sent to. */
export function addLoginRoutes(router: Router, access: AccessControl, assets: Assets): void {
  const showForm = (exchange: HttpExchange, status: 200 | 401, message: string): void => {
    const page = assets.get('login.html').text.replace('<!-- message -->', message);
    exchange.send(status, { 'content-type': 'text/html; charset=utf-8' }, page);
  };

  router.get('/login', (exchange) => {
    if (access.hasPassword) showForm(exchange, 200, '');
    else exchange.redirect('/');
  });

  router.post('/login', async (exchange) => {
    if (!access.hasPassword) return exchange.redirect('/');
    const form = await exchange.readBody(maxFormBytes);
    if (form === undefined) return access.reject(exchange, 413, 'The form is too long, or does not say its length');
    const password = new TextEncoder().encode(new URLSearchParams(form).get('password') ?? '');
    const cookie = await access.logIn(exchange, trimSpace(password), () => {
      showForm(exchange, 401, 'That is not the password.');
    });
    if (cookie !== undefined) exchange.redirect('/', { 'set-cookie': cookie });
  });

  router.post('/logout', (exchange) => exchange.redirect('/login', { 'set-cookie': access.logOut(exchange) }));
}
