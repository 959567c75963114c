import { expect, it } from 'vitest'
import { errorWords } from '../../../src/bots/error-words.ts'
import { invalid } from '../../../src/errors.ts'
import { toProblem } from '../../../src/http/problems.ts'

it('a command that helps is worded in chat, and is no part of an answer over HTTP', () => {
  const error = invalid('q', 'Your account is not linked to an owner of runs yet.', {
    hint: { command: 'iam <name>', to: 'say so' },
  })
  expect(errorWords(error)).toBe(
    'Your account is not linked to an owner of runs yet. Type /exp iam <name> to say so.',
  )
  const { problem } = toProblem(error)
  expect(problem.detail).toBe('Your account is not linked to an owner of runs yet.')
  expect(JSON.stringify(problem)).not.toContain('iam')
})
