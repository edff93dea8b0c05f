@0xf2db6dcd21dae8d2;
# What the logs carry. A record is a fixed binary header (docs/protocol.md, schemas/codec/entry_codec.hpp) and a body: the
# struct that RecordType names, as a flat message of one segment without a segment table.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("kindred::wire");
using Values = import "values.capnp";

enum RecordType {
  # Every kind of record a log may carry. Numbers and meanings are fixed for ever, also of those not built yet
  # (`reserved`). A reader that does not know a type stops there unless the record's header says `ignorable`.
  none @0;
  # Never written.
  event @1;
  # Event: what a user did.
  profileUpdate @2;
  # ProfileUpdate: traits, onboarding answers, context defaults told by the client.
  consent @3;
  # Consent: purposes granted and withdrawn.
  preference @4;
  # Reserved: channels, frequency, topics a user prefers.
  survey @5;
  # Reserved: the definition of a survey. Answers are events.
  erase @6;
  # Erase: forget the user.
  decided @7;
  # Decided: what the server answered.
  exposed @8;
  # Exposed: what of it was really seen.
  reward @9;
  # Reward: something valued that happened because of an exposure.
  link @10;
  # Link: two ids are one user; the source's side of a merge.
  unlink @11;
  # Unlink: a linked id is nobody else any more.
  mergeOut @12;
  # Reserved: a Link is the source's side.
  mergeIn @13;
  # MergeIn: the target's side of a merge; carries the profile's image.
  adopt @14;
  # Adopt: a tenant-wide input enters this partition's fold.
  activate @15;
  # Activate: another version of the fold's meaning holds from here.
  tick @16;
  # Tick: time passes in the fold.
  cut @17;
  # Cut: a round's statistics are taken here.
  cutDone @18;
  # CutDone: the frozen state of a cut may go.
  delta @19;
  # Delta: a partition's change of a fast statistic.
  chunk @20;
  # Chunk: part of a model's bytes.
  manifest @21;
  # Manifest: a model is offered, by compare-and-set on the generation.
  item @22;
  # Item: an item registered, changed or removed.
  block @23;
  # Reserved: a content block.
  rule @24;
  # Reserved: a business rule.
  placement @25;
  # Placement: settings of a placement.
  experiment @26;
  # Reserved: a randomized comparison.
  campaign @27;
  # Reserved: a planned set of messages.
  rate @28;
  # Reserved: a currency's rate to the base currency.
  setting @29;
  # Reserved: a tenant-wide setting other than those of Tenant.
  trait @30;
  # Reserved: the definition of a trait.
  segment @31;
  # Reserved: the definition of a segment.
  approve @32;
  # Reserved: a person approved a proposed change.
  export @33;
  # Reserved: a user's data was asked for or handed out.
  deadLetter @34;
  # Reserved: an input that could not be folded, kept whole.
  tenant @35;
  # Tenant: a tenant and its settings.
  alive @36;
  # Alive: a member of the cluster lives.
  join @37;
  # Join: a node is a member of the cluster.
  drain @38;
  # Drain: a node leaves in order, or comes back.
  caughtUp @39;
  # CaughtUp: a replica may be asked.
  audit @40;
  # Reserved: who did what by hand.
}

enum EventType {
  # What a user did. Numbers are fixed for ever.
  custom @0;
  # `typeName` says which; a name Kindred knows is mapped by the server.
  view @1;
  click @2;
  addToCart @3;
  removeFromCart @4;
  purchase @5;
  search @6;
  rating @7;
  dwell @8;
  checkout @9;
  refund @10;
  # Or cancellation, of an order line.
  save @11;
  share @12;
  follow @13;
  hide @14;
  # Not interested.
  messageSent @15;
  messageDelivered @16;
  messageOpened @17;
  messageClicked @18;
  unsubscribed @19;
  surveyAnswer @20;
  # Properties: survey, question, score, text.
  subscriptionStarted @21;
  subscriptionRenewed @22;
  subscriptionEnded @23;
  storeVisit @24;
  login @25;
  logout @26;
  pageLeave @27;
  # With scroll and visible time.
  error @28;
}

enum Source {
  # Where an event was collected.
  unknown @0;
  web @1;
  app @2;
  server @3;
  store @4;
  callCentre @5;
  email @6;
  import @7;
}

struct OrderLine {
  item @0 :Text;
  quantity @1 :Int64 = 1;
  unitPrice @2 :Values.Money;
  discount @3 :Values.Money;
  tax @4 :Values.Money;
  coupon @5 :Text;
}

struct ItemFacts {
  # What the gateway knew of the event's item, so that folds need no catalog. Clients leave it absent.
  category @0 :Text;
  brand @1 :Text;
  publisher @2 :Text;
  priceBase @3 :Values.Money;
  # In the tenant's base currency.
}

struct Event {
  # At most 64 KiB encoded.
  type @0 :EventType;
  source @1 :Source;
  holdout @2 :Bool;
  # The user was held out of personalization.
  wouldHaveShown @3 :Bool;
  scrollPercent @4 :Int32 = -1;
  # Page leave. Default: not told.
  eventTime @5 :Int64;
  # When it happened. As the client says, clamped by the gateway in life.
  userId @6 :Text;
  # Whose partition it is in. An anonymous id stands here if there is no other.
  messageId @7 :Text;
  # The client's name for this event; sent twice, it counts once.
  item @8 :Text;
  clientSequence @9 :UInt64;
  # Orders events of equal time.
  value @10 :Values.Money;
  context @11 :Values.Context;
  itemFacts @12 :ItemFacts;
  properties @13 :List(Values.Property);
  # Everything else the client told; at most 64.
  details @14 :EventDetails;
  identity @15 :EventIdentity;
  origin @16 :EventOrigin;
  order @17 :EventOrder;
  cause @18 :EventCause;
}

struct EventDetails {
  # What few events carry.
  typeName @0 :Text;
  # As told, where the type is `custom`.
  searchQuery @1 :Text;
  originalTime @2 :Int64 = -9223372036854775808;
  # Event time before it was clamped. Default: it was not.
  sendTime @3 :Int64 = -9223372036854775808;
  # The client's clock when it was first sent. Default: not told.
  rating @4 :Int64 = -9223372036854775808;
  # × 2^20. Default: none.
  dwellUs @5 :Int64 = -9223372036854775808;
  # Default: none.
  author @6 :Text;
  # The person who made it by hand.
  producer @7 :Producer;
  # Of an import. Absent: known again by its message id alone, for 7 days.
}

struct Producer {
  # Where an imported event stands in the stream of whoever imports it; what a partition has taken of a producer it knows
  # for ever. docs/protocol.md, Imports, says what a producer owes.
  name @0 :Text;
  epoch @1 :UInt64;
  # A higher one counts everything anew.
  sequence @2 :UInt64;
  # Grows within an epoch; gaps mean nothing.
}

struct EventIdentity {
  anonymousId @0 :Text;
  otherIds @1 :List(Values.Pair);
  # (namespace, value); at most 64.
  household @2 :Text;
}

struct EventOrigin {
  sessionId @0 :Text;
  page @1 :Text;
  # Or screen.
  referrer @2 :Text;
  campaign @3 :Text;
}

struct EventOrder {
  orderId @0 :Text;
  lines @1 :List(OrderLine);
  # At most 256.
}

struct EventCause {
  # Which recommendation it came from.
  decisionHigh @0 :UInt64;
  decisionLow @1 :UInt64;
  requestId @2 :Text;
  variants @3 :List(Values.Pair);
  # (experiment, variant); at most 64.
}

struct ProfileUpdate {
  userId @0 :Text;
  traits @1 :List(Values.Property);
  # A trait that is told replaces the old; at most 256.
  removed @2 :List(Text);
  # Names of traits to remove; at most 256.
  defaultContext @3 :Values.Context;
  # Used where a request tells none. Absent: unchanged.
  author @4 :Text;
}

struct Consent {
  # Purposes are bits: 0 personalization, 1 measurement, 2 training, 3 messaging, 4..31 the tenant's own.
  userId @0 :Text;
  granted @1 :UInt32;
  withdrawn @2 :UInt32;
  # Wins over `granted`. What is in neither stays as it was.
  reason @3 :Text;
  author @4 :Text;
}

struct Erase {
  userId @0 :Text;
  reason @1 :Text;
  author @2 :Text;
}

struct Link {
  userId @0 :Text;
  # What it was goes to `to`, and what comes for it from now on is sent on there.
  to @1 :Text;
  author @2 :Text;
}

struct Unlink {
  userId @0 :Text;
  to @1 :Text;
  # Only where it stands for this one.
  author @2 :Text;
}

struct MergeIn {
  userId @0 :Text;
  # Whom it enters.
  linked @1 :List(Text);
  # Ids that are he from now on, the linked one last; at most 257.
  path @2 :List(Text);
  # Ids it was sent on by, in order; at most 256.
  image @3 :Data;
  # Canonical bytes of a profile; empty: there was none.
}

struct Shown {
  # What was put into one slot, and how likely that was.
  item @0 :UInt64;
  source @1 :UInt8;
  # Index into Decided.sources.
  explored @2 :Bool;
  propensityQ24 @3 :UInt32;
  # P(this item in this slot | slots before) × 2^24.
}

struct Decided {
  # All that a replay needs.
  decisionHigh @0 :UInt64;
  decisionLow @1 :UInt64;
  userId @2 :Text;
  placement @3 :Text;
  requestId @4 :Text;
  asOf @5 :Int64;
  userRecords @6 :UInt64;
  # How many records of this user were folded before.
  count @7 :UInt16;
  # Items asked for.
  assumeShown @8 :Bool;
  foldVersion @9 :UInt32;
  engineVersion @10 :UInt32;
  stagesDone @11 :UInt32;
  # One bit per stage completed within the time budget.
  applied @12 :Values.Position;
  models @13 :Values.Position;
  library @14 :Values.Position;
  context @15 :Values.Context;
  # As used.
  excluded @16 :List(Text);
  sources @17 :List(Text);
  candidateItems @18 :List(UInt64);
  # These three: as first written, before `candidates`; read for ever.
  candidateScores @19 :List(Int32);
  sourceScores @20 :List(Int32);
  shown @21 :List(Shown);
  fallback @22 :Text;
  candidates @23 :Data;
  # At most 64, best first, one behind the other. Each: item (UInt64, little-endian); score × 2^8; which sources gave it a
  # score other than 0 (bit i: sources[i]); those scores × 2^8 in order. Numbers are varints as in LEB128, scores folded
  # to unsigned ones before (0, -1, 1, -2 are 0, 1, 2, 3).
  sourceWeights @24 :List(Int32);
  # What each source weighed, × 2^16, in the order of `sources`. Absent: the scores have their weights in them.
  ranker @25 :Text;
  # The learner whose weights they are. Absent: the written prior, or the placement's own.
  rankerGeneration @26 :UInt64;
  newness @27 :UInt16;
  # How new the user was, × 2^8. 256: nothing of him was used.
  itemItemGeneration @28 :UInt64;
  # Of the item-item model that was asked. 0: none was.
}

struct Exposed {
  userId @0 :Text;
  decisionHigh @1 :UInt64;
  decisionLow @2 :UInt64;
  requestId @3 :Text;
  slots @4 :List(UInt16);
  # From 0; empty: all.
  shownAt @5 :Int64;
  context @6 :Values.Context;
}

struct Reward {
  userId @0 :Text;
  decisionHigh @1 :UInt64;
  decisionLow @2 :UInt64;
  item @3 :Text;
  name @4 :Text;
  # "click", "purchase", the tenant's own.
  value @5 :Int64;
  # × 2^20.
  time @6 :Int64;
}

struct Adopt {
  kind @0 :Text;
  generation @1 :UInt64;
  value @2 :Data;
  # Canonical bytes of small inputs; empty where the generation names them.
}

struct Activate {
  foldVersion @0 :UInt32;
  author @1 :Text;
}

struct Tick {
  time @0 :Int64;
}

struct Cut {
  learner @0 :Text;
  round @1 :UInt64;
}

struct CutDone {
  learner @0 :Text;
  round @1 :UInt64;
  accepted @2 :Bool;
  # Something of the round was published.
}

struct Chunk {
  learner @0 :Text;
  modelHigh @1 :UInt64;
  modelLow @2 :UInt64;
  # XXH3-128 of the whole: the model's version.
  index @3 :UInt32;
  count @4 :UInt32 = 1;
  bytes @5 :Data;
  # At most 256 KiB.
}

enum ModelRole {
  champion @0;
  # Serves.
  challenger @1;
  # Waits for its verdict.
}

struct Metric {
  name @0 :Text;
  value @1 :Int64;
  # × 2^20.
}

struct Manifest {
  learner @0 :Text;
  generation @1 :UInt64;
  expects @2 :UInt64;
  # The learner's generation that this one replaces; another one then: refused. 0: none.
  modelHigh @3 :UInt64;
  modelLow @4 :UInt64;
  role @5 :ModelRole;
  reason @6 :Text;
  author @7 :Text;
  # Who asked for it. Absent: the learner's cadence.
  trainedAt @8 :Int64;
  # As-of of its round.
  cuts @9 :List(UInt64);
  # By partition: the offset of the Cut that its statistics were taken at.
  settings @10 :List(Values.Pair);
  metrics @11 :List(Metric);
}

struct Delta {
  learner @0 :Text;
  partition @1 :UInt16;
  fromOffset @2 :UInt64;
  # Entries before this were in earlier deltas.
  toOffset @3 :UInt64;
  # Entries before this are in this one.
  changes @4 :Data;
  # Canonical bytes of the group element (engine/stats); a schema of their own comes with the rounds.
}

struct Item {
  # Holds no user id.
  item @0 :Text;
  automatic @1 :Bool;
  # Written by a gateway for an item first met in an event; never overrides a told one.
  removed @2 :Bool;
  available @3 :Bool = true;
  published @4 :Int64;
  title @5 :Text;
  price @6 :Values.Money;
  attributes @7 :List(Values.Property);
  # Category, brand, publisher, the tenant's own; at most 64.
  author @8 :Text;
}

enum Filter {
  # What a placement leaves out because of what the user did.
  none @0;
  neverSeen @1;
  neverBought @2;
}

struct SourceWeight {
  source @0 :Text;
  weight @1 :Int64;
  # × 2^20.
}

struct Placement {
  placement @0 :Text;
  removed @1 :Bool;
  filter @2 :Filter;
  sources @3 :List(SourceWeight);
  # Empty: the default blend; at most 32.
  exploration @4 :Int64;
  # Rate × 2^20, 0..1.
  countDefault @5 :UInt16 = 10;
  countMax @6 :UInt16 = 100;
  budgetUs @7 :UInt32;
  # Time for optional stages; 0: no bound.
  author @8 :Text;
}

struct Tenant {
  id @0 :UInt32;
  name @1 :Text;
  removed @2 :Bool;
  consentDefault @3 :UInt32 = 0xffffffff;
  # What holds for a user without a consent record.
  baseCurrency @4 :Text;
  cartAbandonedAfterUs @5 :Int64 = 3600000000;
  author @6 :Text;
}

struct Join {
  # Said by the node itself, when it starts and every minute again.
  node @0 :Text;
  life @1 :UInt64;
  # Chosen anew at each start.
  cluster @2 :Text;
  endpoint @3 :Text;
  zone @4 :Text;
  weight @5 :UInt16 = 100;
  replicas @6 :UInt8 = 2;
  partitions @7 :UInt16;
  draining @8 :Bool;
  # As the log said it last.
  clients @9 :Text;
  # Where client services reach it; empty: it does not say.
  toldWeight @10 :UInt16;
  # That an operator gave it, as the log said it last; 0: `weight` holds.
  foldOldest @11 :UInt32 = 5;
  foldNewest @12 :UInt32 = 5;
  # Versions of the fold that its build has.
  foldActive @13 :UInt32 = 5;
  # The greatest that a partition of its is at.
  seen @14 :UInt64;
  # Up to where it had folded the control log: what others said before holds in `draining` and `toldWeight`, what they said
  # behind it holds against them. 0: it does not say.
}

struct Alive {
  node @0 :Text;
  life @1 :UInt64;
  leaseUs @2 :Int64;
  # So long it may stay unheard.
}

struct CaughtUp {
  node @0 :Text;
  life @1 :UInt64;
  partitions @2 :List(UInt16);
  # Sorted; all of them, not only new ones.
}

struct Drain {
  node @0 :Text;
  draining @1 :Bool = true;
  author @2 :Text;
  weight @3 :UInt16;
  # 0: as it is; 65535: what the node's configuration says.
}
