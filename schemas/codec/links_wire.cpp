#include "schemas/codec/bounds.hpp"
#include "schemas/codec/records_wire.hpp"

namespace kindred::wire {

void write(Link::Builder to, const records::Link& value) {
  put(to, &Link::Builder::setUserId, value.user_id);
  put(to, &Link::Builder::setTo, value.to);
  put(to, &Link::Builder::setAuthor, value.author);
}

void read(Reading& reading, Link::Reader from, records::Link& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.to, from.getTo(), kExternalIdBytesMax, "to");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Unlink::Builder to, const records::Unlink& value) {
  put(to, &Unlink::Builder::setUserId, value.user_id);
  put(to, &Unlink::Builder::setTo, value.to);
  put(to, &Unlink::Builder::setAuthor, value.author);
}

void read(Reading& reading, Unlink::Reader from, records::Unlink& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.to, from.getTo(), kExternalIdBytesMax, "to");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(MergeIn::Builder to, const records::MergeIn& value) {
  put(to, &MergeIn::Builder::setUserId, value.user_id);
  put(to, &MergeIn::Builder::initLinked, value.linked);
  put(to, &MergeIn::Builder::initPath, value.path);
  to.setImage(capnp::Data::Reader(reinterpret_cast<const kj::byte*>(value.image.data()), value.image.size()));
}

void read(Reading& reading, MergeIn::Reader from, records::MergeIn& value) {
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.texts(value.linked, from.getLinked(), records::kLinkedMax + 1, kExternalIdBytesMax, "linked ids");
  reading.texts(value.path, from.getPath(), records::kMergePathMax, kExternalIdBytesMax, "path");
  reading.bytes(value.image, from.getImage(), records::kMergeBytesMax, "image");
}

} // namespace kindred::wire
