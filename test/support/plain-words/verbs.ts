/** Verbs in their base form, with which the name of a function may begin. A word with the sense of a noun in this project is absent. */
const LIST = `
  abort accept acquire add adjust adopt advance agree align allocate allow alter amend analyze announce answer append
  apply approve arm arrive ask assemble assert assign assume attach await back become bench begin bind block bound break bring
  build bundle bury cache calculate call cancel capture carry cast catch change charge check choose claim clamp
  classify clean clear clip clone close coerce collapse collect combine commit compact compare compile complete
  compose compress compute configure confirm connect consume continue convert copy correct count cover create cross
  cut debounce decide declare decline decode decorate decrement decrypt deduct defer define delay delete deliver
  demand deny derive describe deserialize destroy detach detect determine differ disable discard disconnect dispatch
  display divide do double doubt download drain draw drive drop dump duplicate edit embed emit empty enable encode
  encrypt end enforce enlist ensure enter enumerate erase escape estimate evaluate examine exchange exclude execute
  exit expand expect expire explain export expose express extend extract fail fall fetch fill filter find finish fit
  fix flatten flip flush fold follow forbid force forget fork format forward freeze fulfil furnish gather generate
  get give go grant greet group grow guard guess guide halt handle hash heal hide hint hit hold identify ignore
  import improve include increase increment indent infer inform inherit init initialize inject inline insert insist
  inspect install interpret interrupt intersect invalidate invert invoke isolate iterate join judge jump keep kill
  knock know launch lay lead learn lease leave lend lengthen let lex lift limit link list listen load locate lock
  log look lose lower make manage map mark mask match measure meet memoize mend merge migrate mirror mix mock modify
  mount move multiply mute narrow negate nest normalize note notice notify observe obtain occupy offer omit open
  operate optimize overlap override overwrite own pack pad paginate parse partition pass patch pause pay peek pend
  perform persist pick pin ping pipe place plan play poll pop populate post prefer prepare present preserve press
  prettify prevent print process produce promise prove provide prune publish pull pump purge push put query queue
  quit quote race raise randomize rank rasterize reach react read rebuild recall receive recognize reconcile
  reconnect record recover redact redirect reduce refer refresh refuse register reject relax release reload remember
  remind remove rename render renew reopen reorder repeat replace replay report request requeue require reschedule
  resend reserve reset resolve respond restart restore restrict resume retain retire retry return reuse reveal
  reverse revert revoke rewind rewrite roll rollback rotate round route run sample sanitize satisfy save say scan
  schedule scrape scroll seal search seed seek select send separate serialize serve set settle setup shake share
  shed shift shorten show shrink shuffle shut sign signal simulate skip sleep slice slip slow smooth soften solve sort
  spawn specify spend splice split spread squeeze stamp stand start stay stop store stretch strip stub submit
  subscribe substitute subtract succeed suggest sum summarize supply support suppose suppress suspend swap sweep
  switch sync synchronize take talk teach tear tell terminate test throttle throw tick toggle tokenize touch trace
  track transfer transform transition translate traverse treat trim truncate trust try turn undo unify uninstall
  union unite unlink unlock unmount unpack unpost unref unregister unsubscribe unwind unwrap update upgrade upload
  upsert use validate vary verify view visit void wait wake walk warn wash watch widen win withdraw withhold work
  worry wrap write yield zip
`;

/** The verbs as a set. */
export const VERBS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/));
