import { describe, expect, it } from 'vitest'
import type { CodeHost } from '../../../../src/context.ts'
import { changesUrl, commitUrl, sameRepo } from '../../../../src/domain/runs/inputs/code-links.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const codeHosts = new Map<string, CodeHost>([
  ['git.corp.example', 'gitlab'],
  ['code.corp.example', 'github'],
  ['bb.corp.example', 'bitbucket-server'],
])
const changes = (remote: string) => changesUrl({ codeHosts }, remote, OLD, NEW)

const GITHUB = `https://github.com/team/churn/compare/${OLD}...${NEW}`
const GITLAB = `https://gitlab.com/group/sub/churn/-/compare/${OLD}...${NEW}`
const BITBUCKET = `https://bitbucket.org/team/churn/branches/compare/${NEW}%0D${OLD}#diff`
const SERVER = (place: string) =>
  `https://bitbucket.corp.example/${place}/repos/churn/compare/diff?sourceBranch=${NEW}&targetBranch=${OLD}`

describe('what changed from one commit to another', () => {
  it.each([
    ['https://github.com/team/churn', GITHUB],
    ['https://github.com/team/churn.git', GITHUB],
    ['https://github.com/team/churn/', GITHUB],
    ['https://ana:secret@github.com/team/churn.git', GITHUB],
    ['git@github.com:team/churn.git', GITHUB],
    ['org-123@github.com:team/churn.git', GITHUB],
    ['github.com:team/churn.git', GITHUB],
    ['ssh://git@github.com/team/churn.git', GITHUB],
    ['ssh://git@ssh.github.com:443/team/churn.git', GITHUB],
    ['git+ssh://git@github.com/team/churn.git', GITHUB],
    ['git://github.com/team/churn.git', GITHUB],
    [
      'https://github.corp.example/team/churn.git',
      `https://github.corp.example/team/churn/compare/${OLD}...${NEW}`,
    ],
    ['git@gitlab.com:group/sub/churn.git', GITLAB],
    ['https://gitlab.com/group/sub/churn.git', GITLAB],
    ['ssh://git@altssh.gitlab.com:443/group/sub/churn.git', GITLAB],
    [
      'ssh://git@gitlab.corp.example:2222/g/churn.git',
      `https://gitlab.corp.example/g/churn/-/compare/${OLD}...${NEW}`,
    ],
    [
      'http://gitlab.corp.example:8080/gitlab/g/churn.git',
      `http://gitlab.corp.example:8080/gitlab/g/churn/-/compare/${OLD}...${NEW}`,
    ],
    ['git@git.corp.example:g/churn.git', `https://git.corp.example/g/churn/-/compare/${OLD}...${NEW}`],
    ['https://Code.Corp.Example/t/churn', `https://code.corp.example/t/churn/compare/${OLD}...${NEW}`],
    ['git@bitbucket.org:team/churn.git', BITBUCKET],
    ['ssh://git@bitbucket.org/team/churn.git', BITBUCKET],
    ['ssh://git@altssh.bitbucket.org:443/team/churn.git', BITBUCKET],
    ['https://ana@bitbucket.org/team/churn.git', BITBUCKET],
    ['https://bitbucket.corp.example/scm/ml/churn.git', SERVER('projects/ml')],
    ['ssh://git@bitbucket.corp.example:7999/ml/churn.git', SERVER('projects/ml')],
    ['ssh://git@bitbucket.corp.example:7999/~ana/churn.git', SERVER('users/ana')],
    ['https://bitbucket.corp.example/bitbucket/scm/ml/churn.git', SERVER('bitbucket/projects/ml')],
    ['https://codeberg.org/team/churn.git', `https://codeberg.org/team/churn/compare/${OLD}...${NEW}`],
  ])('%s', (remote, url) => {
    expect(changes(remote)).toBe(url)
  })

  it.each([
    '/srv/git/churn',
    'C:\\repos\\churn',
    'file:///srv/git/churn',
    'work:team/churn',
    'https://git.unknown.example/team/churn',
    'https://notgithub.example/team/churn',
    'https://github.com/',
    'javascript:alert(1)//github.com/x',
    '',
  ])('is not known for %j', (remote) => {
    expect(changes(remote)).toBeNull()
  })

  it('is nothing for the same commit, or for what is none', () => {
    const remote = 'https://github.com/team/churn'
    expect(changesUrl({ codeHosts }, remote, OLD, OLD)).toBeNull()
    expect(changesUrl({ codeHosts }, remote, OLD, 'main?x=<script>')).toBeNull()
  })
})

it.each([
  ['git@github.com:team/churn.git', `https://github.com/team/churn/commit/${NEW}`],
  ['git@gitlab.com:team/churn.git', `https://gitlab.com/team/churn/-/commit/${NEW}`],
  ['git@bitbucket.org:team/churn.git', `https://bitbucket.org/team/churn/commits/${NEW}`],
  [
    'https://bb.corp.example/scm/ml/churn.git',
    `https://bb.corp.example/projects/ml/repos/churn/commits/${NEW}`,
  ],
  ['/srv/git/churn', null],
])('one commit of %s', (remote, url) => {
  expect(commitUrl({ codeHosts }, remote, NEW)).toBe(url)
})

it('knows a repository by any of its addresses', () => {
  expect(sameRepo('git@github.com:Team/churn.git', 'https://github.com/team/churn')).toBe(true)
  expect(sameRepo('/srv/git/churn', '/srv/git/churn')).toBe(true)
  expect(sameRepo('git@github.com:team/churn.git', 'git@gitlab.com:team/churn.git')).toBe(false)
  expect(sameRepo('/srv/a', '/srv/b')).toBe(false)
  expect(sameRepo(null, null)).toBe(false)
})
