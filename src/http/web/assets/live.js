// Keeps the part of the page marked data-live fresh: the server says when something changed, the page fetches it.
const target = document.querySelector('[data-live]')
if (target) {
  let wanted = false
  let busy = false
  // What somebody is typing there, and what they have opened, outlives the new part.
  const drafts = () => {
    const fields = [...target.querySelectorAll('input[id], textarea[id]')]
    const typed = fields.filter(
      (field) => field.value !== field.defaultValue || field === document.activeElement,
    )
    const open = [...target.querySelectorAll('details[open][id]')].map(({ id }) => id)
    const focused = target.contains(document.activeElement) ? document.activeElement : null
    const kept = typed.map(({ id, value, selectionStart }) => ({ id, value, selectionStart }))
    return () => {
      for (const id of open) document.getElementById(id)?.setAttribute('open', '')
      for (const { id, value, selectionStart } of kept) {
        const field = document.getElementById(id)
        if (!field) continue
        field.value = value
        if (id !== focused?.id) continue
        field.focus()
        field.setSelectionRange(selectionStart, selectionStart)
      }
    }
  }
  const refresh = async () => {
    wanted = true
    if (busy) return
    busy = true
    while (wanted) {
      wanted = false
      const answer = await fetch(target.dataset.live, { headers: { accept: 'text/html' } }).catch(
        () => undefined,
      )
      if (!answer?.ok) continue
      const fresh = await answer.text()
      const restore = drafts()
      target.innerHTML = fresh
      restore()
      document.dispatchEvent(new Event('refreshed'))
    }
    busy = false
  }
  // A browser has six connections to a server for all of its tabs: a hidden tab closes its own. Shown
  // again, it hears at once of what has changed since the page was made.
  let events
  const watch = () => {
    events?.close()
    if (document.hidden) return
    events = new EventSource(target.dataset.events)
    events.addEventListener('changed', () => void refresh())
  }
  document.addEventListener('visibilitychange', watch)
  watch()
}
