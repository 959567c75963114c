import type { Principal } from '../../domain/access/principal.ts'
import { each, html, type Markup, shown } from './html.ts'

export interface PageParts {
  title: string
  body: Markup
  principal?: Principal | undefined
  /** The current entry of the navigation. */
  at?: 'projects' | 'note' | 'learning' | 'console'
  scripts?: string[]
  styles?: string[]
}

/** What a page with curves loads. */
export const CURVES = {
  scripts: ['/assets/uPlot.iife.min.js', '/assets/curves.js'],
  styles: ['/assets/uPlot.min.css'],
}

const NAVIGATION = [
  { id: 'projects', label: 'Projects', href: '/' },
  { id: 'note', label: 'Notes', href: '/notes' },
  { id: 'learning', label: 'Learnings', href: '/learnings' },
  { id: 'console', label: 'Console', href: '/console' },
] as const

/** A whole page. Everything it needs comes from this server; there is no inline style or script. */
export function page({ title, body, principal, at, scripts = [], styles = [] }: PageParts): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${shown(title)} · Expediter</title>
!${each(styles, (href) => html`<link rel="stylesheet" href="${href}">`)}
<link rel="stylesheet" href="/assets/style.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
!${each(scripts, (src) => html`<script src="${src}" defer></script>`)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/">Expediter</a>
!${principal === undefined ? '' : navigation(principal, at)}
</header>
<main id="main">
!${body}
</main>
</body>
</html>
`
}

function navigation(principal: Principal, at: PageParts['at']): Markup {
  const entry = ({ id, label, href }: (typeof NAVIGATION)[number]) =>
    html`<a href="${href}"!${id === at ? ' aria-current="page"' : ''}>${label}</a>`
  return html`<nav aria-label="Main">!${each([...NAVIGATION], entry)}</nav>
<form class="search" role="search" method="get" action="/search"><input type="search" name="q" aria-label="Search" placeholder="Search"></form>
<form class="logout" method="post" action="/logout"><span>${shown(principal.person)}</span> <button type="submit" class="quiet">Log out</button></form>`
}
