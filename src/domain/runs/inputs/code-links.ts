import type { CodeHost, Ctx } from '../../../context.ts'

type Hosts = Pick<Ctx, 'codeHosts'>

/** Where each host shows a commit, and what changed from one to another. */
const PAGES: Record<CodeHost, Pages> = {
  github: {
    commit: ({ url }, commit) => `${url}/commit/${commit}`,
    changes: ({ url }, from, to) => `${url}/compare/${from}...${to}`,
  },
  gitlab: {
    commit: ({ url }, commit) => `${url}/-/commit/${commit}`,
    changes: ({ url }, from, to) => `${url}/-/compare/${from}...${to}`,
  },
  bitbucket: {
    commit: ({ url }, commit) => `${url}/commits/${commit}`,
    // The newer one first; what parts them is a carriage return.
    changes: ({ url }, from, to) => `${url}/branches/compare/${to}%0D${from}#diff`,
  },
  'bitbucket-server': {
    commit: (repo, commit) => `${serverPage(repo)}/commits/${commit}`,
    changes: (repo, from, to) => `${serverPage(repo)}/compare/diff?sourceBranch=${to}&targetBranch=${from}`,
  },
  gitea: {
    commit: ({ url }, commit) => `${url}/commit/${commit}`,
    changes: ({ url }, from, to) => `${url}/compare/${from}...${to}`,
  },
}

interface Pages {
  commit(repo: Repo, commit: string): string
  changes(repo: Repo, from: string, to: string): string
}

/** A repository as a browser finds it. */
interface Repo {
  /** Without a slash at the end. */
  url: string
  origin: string
  host: string
  path: string
}

/** Where the code host shows what changed between two commits; null when that is not known. */
export function changesUrl(ctx: Hosts, remote: string, from: string, to: string): string | null {
  const repo = repoOf(remote)
  const kind = repo === null ? undefined : hostOf(ctx, repo.host)
  if (repo === null || kind === undefined || !isCommit(from) || !isCommit(to) || from === to) return null
  return PAGES[kind].changes(repo, from, to)
}

/** Where the code host shows one commit; null when that is not known. */
export function commitUrl(ctx: Hosts, remote: string, commit: string): string | null {
  const repo = repoOf(remote)
  const kind = repo === null ? undefined : hostOf(ctx, repo.host)
  return repo === null || kind === undefined || !isCommit(commit) ? null : PAGES[kind].commit(repo, commit)
}

/** Two ways to write one remote lead to the same place. */
export function sameRepo(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false
  return one === other || (repoOf(one)?.url.toLowerCase() ?? '') === repoOf(other)?.url.toLowerCase()
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text)
}

/** Hosts that take SSH under a name of its own, for networks that let nothing but 443 pass. */
const SSH_NAMES: Record<string, string> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
}

const PROTOCOLS = ['https:', 'http:', 'ssh:', 'git:', 'git+ssh:', 'git+https:']

/** `git@host:team/repo.git`, `ssh://`, `https://` ... without credentials; null for what no browser opens. */
function repoOf(remote: string): Repo | null {
  const scp = /^(?:[^@/\s]+@)?([\w.-]+\.[\w-]+):(?!\/\/)\/?(.+)$/.exec(remote.trim())
  const text = scp === null ? remote.trim() : `ssh://${scp[1]}/${scp[2]}`
  if (!URL.canParse(text)) return null
  const { protocol, host, hostname, pathname } = new URL(text)
  if (!PROTOCOLS.includes(protocol) || hostname === '') return null
  // A port belongs to the protocol: that of SSH says nothing of the page's.
  const overHttp = protocol.startsWith('http') || protocol === 'git+https:'
  const at = SSH_NAMES[hostname] ?? (overHttp ? host : hostname)
  const origin = `${protocol === 'http:' ? 'http' : 'https'}://${at}`
  const path = pathname.replace(/\/+$/, '').replace(/\.git$/, '')
  return path.length < 2 ? null : { url: `${origin}${path}`, origin, host: at.replace(/:\d+$/, ''), path }
}

/** By what was configured, else by the names that such hosts usually have. */
function hostOf({ codeHosts }: Hosts, host: string): CodeHost | undefined {
  const name = host.toLowerCase()
  const configured = codeHosts.get(name)
  if (configured !== undefined) return configured
  if (name === 'bitbucket.org') return 'bitbucket'
  if (name === 'codeberg.org') return 'gitea'
  if (/(?:^|[.-])github\b/.test(name)) return 'github'
  if (/(?:^|[.-])gitlab\b/.test(name)) return 'gitlab'
  if (/(?:^|[.-])(?:bitbucket|stash)\b/.test(name)) return 'bitbucket-server'
  if (/(?:^|[.-])(?:gitea|forgejo)\b/.test(name)) return 'gitea'
  return undefined
}

/** Bitbucket Data Center clones from `/scm/KEY/repo` (SSH: `/KEY/repo`) and shows `/projects/KEY/repos/repo`. */
function serverPage({ origin, path }: Repo): string {
  const [, prefix = '', owner = '', repo = ''] = /^(.*?)\/(?:scm\/)?([^/]+)\/([^/]+)$/.exec(path) ?? []
  const place = owner.startsWith('~') ? `users/${owner.slice(1)}` : `projects/${owner}`
  return `${origin}${prefix}/${place}/repos/${repo}`
}
