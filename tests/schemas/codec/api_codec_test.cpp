#include "schemas/codec/api_codec.hpp"

#include <gtest/gtest.h>

namespace kindred::schemas {
namespace {

TEST(ApiCodec, RequestComesBackAsItWas) {
  api::Request request;
  request.request_id = 42;
  request.queries.emplace_back(api::GetProfile{"ada", {"views"}, true, 0});
  request.queries.emplace_back(api::Decide{});
  request.queries.emplace_back(api::GetStatus{});
  const auto back = decode_request(encode_request(request));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value().request, request);
  EXPECT_TRUE(back.value().broken.empty());
}

} // namespace
} // namespace kindred::schemas
