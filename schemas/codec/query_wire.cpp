#include "schemas/codec/api_wire.hpp"
#include "schemas/codec/bounds.hpp"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kNotTold;

namespace {

void write_decide(Decide::Builder to, const api::Decide& value) {
  put(to, &Decide::Builder::setUserId, value.user_id);
  if (value.placement != "default") to.setPlacement(as_text(value.placement));
  to.setCount(value.count);
  if (told(value.context)) write(to.initContext(), value.context);
  if (value.time) to.setTime(value.time->us);
  put(to, &Decide::Builder::initExclude, value.exclude);
  to.setDurable(value.durable);
  to.setAssumeShown(value.assume_shown);
  put(to, &Decide::Builder::setRequestId, value.request_id);
}

void read_decide(Reading& reading, Decide::Reader from, api::Decide& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  value.placement.clear();
  reading.text(value.placement, from.getPlacement(), kNameBytesMax, "placement");
  value.count = from.getCount();
  if (from.hasContext()) read(reading, from.getContext(), value.context);
  if (const auto us = from.getTime(); us != kNotTold) value.time = Instant{us};
  reading.texts(value.exclude, from.getExclude(), schemas::kExcludedMax, kExternalIdBytesMax, "exclude");
  value.durable = from.getDurable();
  value.assume_shown = from.getAssumeShown();
  reading.text(value.request_id, from.getRequestId(), kExternalIdBytesMax, "requestId");
}

void write_profile(GetProfile::Builder to, const api::GetProfile& value) {
  put(to, &GetProfile::Builder::setUserId, value.user_id);
  put(to, &GetProfile::Builder::initCounters, value.counters);
  to.setBrief(value.brief);
  to.setHistoryMax(value.history_max);
  to.setDecisionsMax(value.decisions_max);
}

void read_profile(Reading& reading, GetProfile::Reader from, api::GetProfile& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.texts(value.counters, from.getCounters(), schemas::kCountersMax, kNameBytesMax, "counters");
  value.brief = from.getBrief();
  value.history_max = from.getHistoryMax();
  value.decisions_max = from.getDecisionsMax();
}

void write_name(DecisionName::Builder to, const DecisionId& decision) {
  to.setHigh(decision.high);
  to.setLow(decision.low);
}

void put_name(ModelName::Builder to, const std::string& name) { put(to, &ModelName::Builder::setName, name); }

/// One overload per kind of query.
struct Writer {
  Query::Builder to;

  void operator()(const api::Track& query) {
    auto track = to.initTrack();
    write(track.initEvent(), query.event);
    track.setStated(query.stated.bits);
    track.setFlags(query.flags);
  }
  void operator()(const api::UpdateProfile& query) {
    auto update = to.initUpdateProfile();
    write(update.initUpdate(), query.update);
    update.setStated(query.stated.bits);
  }
  void operator()(const api::SetConsent& query) { write(to.initSetConsent(), query.consent); }
  void operator()(const api::EraseUser& query) { write(to.initEraseUser(), query.erase); }
  void operator()(const api::Expose& query) {
    auto expose = to.initExpose();
    write(expose.initExposed(), query.exposed);
    expose.setStated(query.stated.bits);
  }
  void operator()(const api::GiveReward& query) {
    auto give = to.initGiveReward();
    write(give.initReward(), query.reward);
    give.setStated(query.stated.bits);
  }
  void operator()(const api::Decide& query) { write_decide(to.initDecide(), query); }
  void operator()(const api::GetProfile& query) { write_profile(to.initGetProfile(), query); }
  void operator()(const api::PutItem& query) { write(to.initPutItem(), query.item); }
  void operator()(const api::ListItems& query) {
    auto list = to.initListItems();
    put(list, &ListItems::Builder::setAfter, query.after);
    list.setLimit(query.limit);
    put(list, &ListItems::Builder::setItem, query.item);
  }
  void operator()(const api::ListModels&) { to.setListModels(); }
  void operator()(const api::Explain& query) { write_name(to.initExplain(), query.decision); }
  void operator()(const api::Replay& query) { write_name(to.initReplay(), query.decision); }
  void operator()(const api::ListPlacements&) { to.setListPlacements(); }
  void operator()(const api::SetPlacement& query) { write(to.initSetPlacement(), query.placement); }
  void operator()(const api::SetTenant& query) { write(to.initSetTenant(), query.tenant); }
  void operator()(const api::GetStatus&) { to.setGetStatus(); }
  void operator()(const api::ListRejects& query) { to.initListRejects().setLimit(query.limit); }
  void operator()(const api::ShowModel& query) { put_name(to.initShowModel(), query.name); }
  void operator()(const api::TrainModel& query) { put_name(to.initTrainModel(), query.name); }
  void operator()(const api::ChangeModel& query) {
    auto change = to.initChangeModel();
    put(change, &ChangeModel::Builder::setName, query.name);
    change.setChange(static_cast<ModelChange>(query.change));
    put(change, &ChangeModel::Builder::setVersion, query.version);
    put(change, &ChangeModel::Builder::setAuthor, query.author);
  }
  void operator()(const api::ListSegments& query) {
    auto list = to.initListSegments();
    put(list, &ListSegments::Builder::setSegment, query.segment);
  }
  void operator()(const api::LinkUsers& query) { write(to.initLinkUsers(), query.link); }
  void operator()(const api::ShowCluster&) { to.setShowCluster(); }
  void operator()(const api::DrainNode& query) {
    auto drain = to.initDrainNode();
    put(drain, &DrainNode::Builder::setNode, query.drain.node);
    drain.setDraining(query.drain.draining);
    put(drain, &DrainNode::Builder::setAuthor, query.drain.author);
    drain.setWeight(query.drain.weight);
  }
  void operator()(const api::ActivateFold& query) {
    auto activate = to.initActivateFold();
    activate.setVersion(query.version);
    put(activate, &ActivateFold::Builder::setAuthor, query.author);
  }
};

/// A caller that knows only names may send them all: those that mean one of our types become it.
void name_type(records::Event& event) {
  if (event.type != records::EventType::kCustom || event.type_name.empty()) return;
  event.type = records::event_type_of(event.type_name);
  if (event.type != records::EventType::kCustom) event.type_name.clear();
}

void read_track(Reading& reading, Track::Reader from, api::Track& value) {
  const auto event = from.getEvent();
  if (from.totalSize().wordCount * sizeof(capnp::word) > records::kEventBytesMax)
    return reading.fail(CodecError::kTooLarge, "event", "over 64 KiB");
  read(reading, event, value.event);
  name_type(value.event);
  value.stated = {from.getStated()};
  value.flags = from.getFlags();
}

template <class From>
DecisionId name_of(From from) {
  return {from.getHigh(), from.getLow()};
}

void read_list_items(Reading& reading, ListItems::Reader from, api::ListItems& value) {
  reading.text(value.after, from.getAfter(), kExternalIdBytesMax, "after");
  value.limit = from.getLimit();
  reading.text(value.item, from.getItem(), kExternalIdBytesMax, "item");
}

void read_update(Reading& reading, UpdateProfile::Reader from, api::UpdateProfile& value) {
  read(reading, from.getUpdate(), value.update);
  value.stated = {from.getStated()};
}

void read_expose(Reading& reading, Expose::Reader from, api::Expose& value) {
  read(reading, from.getExposed(), value.exposed);
  value.stated = {from.getStated()};
}

void read_reward(Reading& reading, GiveReward::Reader from, api::GiveReward& value) {
  read(reading, from.getReward(), value.reward);
  value.stated = {from.getStated()};
}

void read_change(Reading& reading, ChangeModel::Reader from, api::ChangeModel& value) {
  reading.text(value.name, from.getName(), kNameBytesMax, "model name");
  value.change =
      reading.number(static_cast<std::uint16_t>(from.getChange()), api::ModelChange::kRollback, "change");
  reading.text(value.version, from.getVersion(), kNameBytesMax, "model version");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void read_drain(Reading& reading, DrainNode::Reader from, records::Drain& value) {
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.draining = from.getDraining();
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
  value.weight = from.getWeight();
  if (value.weight > records::kWeightMax && value.weight != records::Drain::kWeightConfigured)
    reading.fail(CodecError::kOutOfRange, "weight", "at most 10000");
}

void read_activation(Reading& reading, ActivateFold::Reader from, api::ActivateFold& value) {
  value.version = from.getVersion();
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

} // namespace

void write(Query::Builder to, const api::Query& value) { std::visit(Writer{to}, value); }

void read(Reading& reading, Query::Reader from, api::Query& value) {
  switch (from.which()) {
  case Query::TRACK: return read_track(reading, from.getTrack(), value.emplace<api::Track>());
  case Query::UPDATE_PROFILE:
    return read_update(reading, from.getUpdateProfile(), value.emplace<api::UpdateProfile>());
  case Query::SET_CONSENT:
    return read(reading, from.getSetConsent(), value.emplace<api::SetConsent>().consent);
  case Query::ERASE_USER: return read(reading, from.getEraseUser(), value.emplace<api::EraseUser>().erase);
  case Query::EXPOSE: return read_expose(reading, from.getExpose(), value.emplace<api::Expose>());
  case Query::GIVE_REWARD:
    return read_reward(reading, from.getGiveReward(), value.emplace<api::GiveReward>());
  case Query::DECIDE: return read_decide(reading, from.getDecide(), value.emplace<api::Decide>());
  case Query::GET_PROFILE:
    return read_profile(reading, from.getGetProfile(), value.emplace<api::GetProfile>());
  case Query::PUT_ITEM: return read(reading, from.getPutItem(), value.emplace<api::PutItem>().item);
  case Query::LIST_ITEMS:
    return read_list_items(reading, from.getListItems(), value.emplace<api::ListItems>());
  case Query::LIST_MODELS: value.emplace<api::ListModels>(); return;
  case Query::EXPLAIN: value.emplace<api::Explain>().decision = name_of(from.getExplain()); return;
  case Query::REPLAY: value.emplace<api::Replay>().decision = name_of(from.getReplay()); return;
  case Query::LIST_PLACEMENTS: value.emplace<api::ListPlacements>(); return;
  case Query::SET_PLACEMENT:
    return read(reading, from.getSetPlacement(), value.emplace<api::SetPlacement>().placement);
  case Query::SET_TENANT: return read(reading, from.getSetTenant(), value.emplace<api::SetTenant>().tenant);
  case Query::GET_STATUS: value.emplace<api::GetStatus>(); return;
  case Query::LIST_REJECTS:
    value.emplace<api::ListRejects>().limit = from.getListRejects().getLimit();
    return;
  case Query::SHOW_MODEL:
    return reading.text(value.emplace<api::ShowModel>().name, from.getShowModel().getName(), kNameBytesMax,
                        "model name");
  case Query::TRAIN_MODEL:
    return reading.text(value.emplace<api::TrainModel>().name, from.getTrainModel().getName(), kNameBytesMax,
                        "model name");
  case Query::CHANGE_MODEL:
    return read_change(reading, from.getChangeModel(), value.emplace<api::ChangeModel>());
  case Query::LIST_SEGMENTS:
    return reading.text(value.emplace<api::ListSegments>().segment, from.getListSegments().getSegment(),
                        kNameBytesMax, "segment");
  case Query::SHOW_CLUSTER: value.emplace<api::ShowCluster>(); return;
  case Query::DRAIN_NODE:
    return read_drain(reading, from.getDrainNode(), value.emplace<api::DrainNode>().drain);
  case Query::ACTIVATE_FOLD:
    return read_activation(reading, from.getActivateFold(), value.emplace<api::ActivateFold>());
  case Query::LINK_USERS: return read(reading, from.getLinkUsers(), value.emplace<api::LinkUsers>().link);
  }
  reading.fail(CodecError::kOutOfRange, "query", "of a kind this version does not know");
}

} // namespace kindred::wire
