#include "actors/fast_models/solved_fold.hpp"

#include <gtest/gtest.h>

#include "tests/actors/fast_models/models_log.hpp"

namespace kindred::actors::fast_models {
namespace {

using records::ModelRole;
using Refusal = SolvedRefusal;

constexpr TenantId kOther{7};
constexpr Instant kStamp{5'000'000};

struct SolvedFoldTest : testing::Test {
  SolvedFold fold;

  void send(const std::string& name, const Bytes& parameters, std::uint32_t count = 1) {
    for (const auto& chunk : chunk_records(name, parameters, count))
      EXPECT_EQ(fold.fold(chunk).refusal, Refusal::kNone);
  }
  Refusal chunk(records::Chunk chunk) { return fold.fold(solved_record(std::move(chunk))).refusal; }
  Refusal manifest(const records::Manifest& manifest, TenantId tenant = kDefaultTenant) {
    const auto before = fold.lines();
    const auto folded = fold.fold(solved_record(manifest, tenant, kStamp));
    EXPECT_EQ(folded.changed, folded.refusal == Refusal::kNone);
    EXPECT_EQ(folded.changed, fold.lines() != before) << "what is refused changes nothing";
    return folded.refusal;
  }
  /// Chunks, then the manifest.
  Refusal offer(const std::string& name, int number, std::uint64_t expects,
                ModelRole role = ModelRole::kChampion) {
    send(name, parameters_of(number));
    return manifest(manifest_of(name, parameters_of(number), expects, role));
  }
  const Line* line(const std::string& name = "ranker", TenantId tenant = kDefaultTenant) const {
    const auto found = fold.lines()->find({tenant, name});
    return found == fold.lines()->end() ? nullptr : found->second.get();
  }
  /// The champion's number; 0: none, or another's parameters.
  static int number_of(const std::optional<Placed>& placed) {
    for (int number = 1; placed && number < 100; ++number)
      if (placed->model->parameters == parameters_of(number)) return number;
    return 0;
  }
  std::vector<int> retired() const {
    std::vector<int> numbers;
    for (const Placed& placed : line()->retired) numbers.push_back(number_of(placed));
    return numbers;
  }
  Bytes written() const {
    ByteWriter out;
    fold.write(out);
    return out.take();
  }
};

// ---- taken

TEST_F(SolvedFoldTest, ChunksAndTheirManifestMakeAChampion) {
  EXPECT_TRUE(fold.lines()->empty());
  const Bytes parameters = parameters_of(3);
  send("ranker", parameters);
  EXPECT_TRUE(fold.lines()->empty()) << "chunks alone serve nobody";
  const auto offered = manifest_of("ranker", parameters, 0);
  ASSERT_EQ(manifest(offered), Refusal::kNone);
  ASSERT_NE(line(), nullptr);
  EXPECT_EQ(line()->generation, 1u);
  EXPECT_FALSE(line()->challenger);
  EXPECT_TRUE(line()->retired.empty());
  const Placed& champion = line()->champion.value();
  EXPECT_EQ(champion.generation, 1u);
  EXPECT_EQ(champion.reason, offered.reason);
  EXPECT_EQ(champion.author, offered.author);
  EXPECT_EQ(champion.stamp, kStamp) << "the manifest's record's";
  EXPECT_EQ(champion.metrics, offered.metrics);
  EXPECT_EQ(champion.model->version, hash128(parameters));
  EXPECT_EQ(champion.model->parameters, parameters);
  EXPECT_EQ(champion.model->trained_at, offered.trained_at);
  EXPECT_EQ(champion.model->cuts, offered.cuts);
  EXPECT_EQ(champion.model->settings, offered.settings);
  ASSERT_TRUE(champion.model->ranker);
  EXPECT_EQ(champion.model->ranker->canonical(), parameters);
}

TEST_F(SolvedFoldTest, ChunksComeInAnyOrderAndAnyNumberOfTimes) {
  const auto chunks = chunk_records("ranker", parameters_of(3), 5);
  for (const std::size_t i : {4u, 0u, 2u, 4u, 1u, 0u, 3u})
    EXPECT_EQ(fold.fold(chunks[i]).refusal, Refusal::kNone);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(3), 0)), Refusal::kNone);
  EXPECT_EQ(number_of(line()->champion), 3);
}

TEST_F(SolvedFoldTest, AChallengerServesNobodyAndTheNextOneTakesItsPlace) {
  ASSERT_EQ(offer("ranker", 1, 0, ModelRole::kChallenger), Refusal::kNone) << "it may be the first";
  EXPECT_FALSE(line()->champion);
  ASSERT_EQ(offer("ranker", 2, 1), Refusal::kNone);
  EXPECT_EQ(number_of(line()->champion), 2);
  EXPECT_EQ(number_of(line()->challenger), 1) << "still waits";
  ASSERT_EQ(offer("ranker", 3, 2, ModelRole::kChallenger), Refusal::kNone);
  EXPECT_EQ(number_of(line()->champion), 2);
  EXPECT_EQ(number_of(line()->challenger), 3);
  EXPECT_TRUE(line()->retired.empty()) << "who never served is no former champion";
  EXPECT_EQ(line()->challenger->generation, 3u);
}

TEST_F(SolvedFoldTest, NamesAndTenantsAreApart) {
  ASSERT_EQ(offer("ranker", 1, 0), Refusal::kNone);
  EXPECT_EQ(manifest(manifest_of("ranker/home", parameters_of(1), 0)), Refusal::kUnknownModel)
      << "its chunks are the other name's";
  ASSERT_EQ(offer("ranker/home", 2, 0), Refusal::kNone);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(1), 0), kOther), Refusal::kUnknownModel);
  for (const auto& chunk : chunk_records("ranker", parameters_of(3), 2, kOther)) fold.fold(chunk);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(3), 1)), Refusal::kUnknownModel)
      << "the other tenant's chunks";
  ASSERT_EQ(manifest(manifest_of("ranker", parameters_of(3), 0), kOther), Refusal::kNone);
  EXPECT_EQ(fold.lines()->size(), 3u);
  EXPECT_EQ(number_of(line("ranker")->champion), 1);
  EXPECT_EQ(number_of(line("ranker/home")->champion), 2);
  EXPECT_EQ(number_of(line("ranker", kOther)->champion), 3);
}

TEST_F(SolvedFoldTest, LinesThatSomebodyHoldsNeverChange) {
  offer("ranker", 1, 0);
  offer("ranker/home", 2, 0);
  const auto held = fold.lines();
  const auto before = *held;
  offer("ranker", 3, 1);
  EXPECT_EQ(*held, before);
  EXPECT_EQ(number_of(held->at({kDefaultTenant, "ranker"})->champion), 1);
  EXPECT_EQ(fold.lines()->at({kDefaultTenant, "ranker/home"}), before.at({kDefaultTenant, "ranker/home"}))
      << "what did not change is shared";
}

TEST_F(SolvedFoldTest, OtherRecordsChangeNothing) {
  offer("ranker", 1, 0);
  const Bytes before = written();
  const auto folded = fold.fold(delta_record(0, 0, 10, marks(1, 2)));
  EXPECT_EQ(folded.refusal, Refusal::kNone);
  EXPECT_FALSE(folded.changed);
  EXPECT_EQ(written(), before);
}

// ---- compare-and-set

TEST_F(SolvedFoldTest, AManifestMustFollowTheGenerationThatItsLineHas) {
  const auto refused = [&](std::uint64_t expects, std::uint64_t generation) {
    auto one = manifest_of("ranker", parameters_of(2), expects);
    one.generation = generation;
    return manifest(one) == Refusal::kWrongGeneration;
  };
  send("ranker", parameters_of(2));
  EXPECT_TRUE(refused(1, 2)) << "there is none yet";
  EXPECT_TRUE(refused(~0ull, 0));
  offer("ranker", 1, 0);
  for (const std::uint64_t expects : {0u, 2u, 3u}) EXPECT_TRUE(refused(expects, expects + 1)) << expects;
  for (const std::uint64_t generation : {0u, 1u, 3u}) EXPECT_TRUE(refused(1, generation)) << generation;
  EXPECT_EQ(number_of(line()->champion), 1);
  EXPECT_FALSE(refused(1, 2));
  EXPECT_EQ(number_of(line()->champion), 2);
}

TEST_F(SolvedFoldTest, OfTwoPublishersTheFirstManifestWins) {
  const auto a = chunk_records("ranker", parameters_of(1), 2),
             b = chunk_records("ranker", parameters_of(2), 2);
  for (const auto* chunk : {&a[0], &b[0], &b[1], &a[1]}) fold.fold(*chunk);
  ASSERT_EQ(manifest(manifest_of("ranker", parameters_of(2), 0)), Refusal::kNone);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(1), 0)), Refusal::kWrongGeneration);
  EXPECT_EQ(number_of(line()->champion), 2);
  EXPECT_TRUE(line()->retired.empty());
  ASSERT_EQ(manifest(manifest_of("ranker", parameters_of(1), 1)), Refusal::kNone)
      << "its chunks are still there, where it offers anew";
  EXPECT_EQ(number_of(line()->champion), 1);
  EXPECT_EQ(retired(), std::vector<int>{2});
}

// ---- chunks that are missing or damaged

TEST_F(SolvedFoldTest, AMissingChunkMakesNoModelUntilItComes) {
  const auto chunks = chunk_records("ranker", parameters_of(3), 3);
  const auto offered = manifest_of("ranker", parameters_of(3), 0);
  EXPECT_EQ(manifest(offered), Refusal::kUnknownModel) << "none of them";
  for (const std::size_t i : {2u, 0u}) {
    fold.fold(chunks[i]);
    EXPECT_EQ(manifest(offered), Refusal::kUnknownModel);
  }
  fold.fold(chunks[1]);
  EXPECT_EQ(manifest(offered), Refusal::kNone);
}

TEST_F(SolvedFoldTest, DamagedChunksMakeNoModelUntilTheyComeAgain) {
  const auto good = chunk_records("ranker", parameters_of(3), 3);
  const auto offered = manifest_of("ranker", parameters_of(3), 0);
  const std::vector<void (*)(Bytes&)> damages{
      [](Bytes& bytes) { bytes[5] = static_cast<char>(bytes[5] ^ 1); },
      [](Bytes& bytes) { bytes.pop_back(); },
      [](Bytes& bytes) { bytes.push_back('x'); },
  };
  for (const auto damage : damages)
    for (std::size_t at = 0; at < good.size(); ++at) {
      fold = {};
      auto bad = good;
      damage(std::get<records::Chunk>(bad[at].body).bytes);
      for (const auto& record : bad)
        EXPECT_EQ(fold.fold(record).refusal, Refusal::kNone) << "nobody knows yet";
      EXPECT_EQ(manifest(offered), Refusal::kUnknownModel);
      for (const auto& record : good) fold.fold(record);
      EXPECT_EQ(manifest(offered), Refusal::kNone) << "another publisher of the same model is not kept out";
    }
}

TEST_F(SolvedFoldTest, ChunksThatCannotBeArePutAside) {
  const Id128 model = hash128(parameters_of(1));
  const std::uint32_t most = records::kModelBytesMax / records::kChunkBytesMax;
  const Bytes before = written();
  EXPECT_EQ(chunk({"ranker", model, 0, 0, "x"}), Refusal::kMalformed);
  EXPECT_EQ(chunk({"ranker", model, 1, 1, "x"}), Refusal::kMalformed);
  EXPECT_EQ(chunk({"ranker", model, 7, 2, "x"}), Refusal::kMalformed);
  EXPECT_EQ(chunk({"ranker", model, 0, most + 2, "x"}), Refusal::kMalformed);
  EXPECT_EQ(chunk({"ranker", model, 0, ~0u, "x"}), Refusal::kMalformed);
  EXPECT_EQ(chunk({"ranker", model, 0, 1, Bytes(records::kChunkBytesMax + 1, 'x')}), Refusal::kMalformed);
  EXPECT_EQ(written(), before);
  EXPECT_EQ(chunk({"ranker", model, most - 1, most, Bytes(records::kChunkBytesMax, 'x')}), Refusal::kNone)
      << "the largest there may be";
}

TEST_F(SolvedFoldTest, AnotherNumberOfChunksBeginsAnew) {
  const auto in_two = chunk_records("ranker", parameters_of(3), 2);
  const auto in_three = chunk_records("ranker", parameters_of(3), 3);
  const auto offered = manifest_of("ranker", parameters_of(3), 0);
  fold.fold(in_two[0]);
  for (const std::size_t i : {1u, 2u}) fold.fold(in_three[i]);
  EXPECT_EQ(manifest(offered), Refusal::kUnknownModel) << "the other way's first is none of these";
  fold.fold(in_two[1]);
  EXPECT_EQ(manifest(offered), Refusal::kUnknownModel) << "and was forgotten";
  fold.fold(in_two[0]);
  EXPECT_EQ(manifest(offered), Refusal::kNone);
}

TEST_F(SolvedFoldTest, ALearnerThatThisBuildDoesNotHaveIsRefused) {
  const Bytes before = written();
  for (const std::string name : {"oracle", "", "rankers/home", "fast"}) {
    EXPECT_EQ(chunk({name, hash128(parameters_of(1)), 0, 1, parameters_of(1)}), Refusal::kForeignLearner);
    EXPECT_EQ(manifest(manifest_of(name, parameters_of(1), 0)), Refusal::kForeignLearner);
  }
  EXPECT_EQ(written(), before) << "nothing of them is kept";
}

TEST_F(SolvedFoldTest, ParametersOfAnotherLearnerAreRefusedThoughTheirHashIsRight) {
  for (const Bytes& foreign : {Bytes("centroids of a segmentation"), Bytes(), parameters_of(1) + "x"}) {
    send("ranker", foreign);
    EXPECT_EQ(manifest(manifest_of("ranker", foreign, 0)), Refusal::kMalformed);
  }
  EXPECT_EQ(line(), nullptr);
}

TEST_F(SolvedFoldTest, TheLongestUntouchedAssemblyGoesWhereThereAreTooMany) {
  const auto half = [&](int number, std::size_t which) {
    return fold.fold(chunk_records("ranker", parameters_of(number), 2)[which]).refusal;
  };
  const int most = static_cast<int>(SolvedFold::kAssembliesMax);
  for (int number = 1; number <= most; ++number) ASSERT_EQ(half(number, 0), Refusal::kNone);
  half(1, 0); // touched
  half(most + 1, 0);
  std::uint64_t generation = 0;
  for (int number = 1; number <= most + 1; ++number) {
    half(number, 1);
    const auto refusal = manifest(manifest_of("ranker", parameters_of(number), generation));
    EXPECT_EQ(refusal, number == 2 ? Refusal::kUnknownModel : Refusal::kNone) << number;
    if (refusal == Refusal::kNone) ++generation;
  }
}

// ---- what was there before

TEST_F(SolvedFoldTest, AChallengerIsPromotedWithoutItsChunks) {
  offer("ranker", 1, 0);
  offer("ranker", 2, 1, ModelRole::kChallenger);
  const SolvedModelPtr challenger = line()->challenger->model;
  auto promotion = manifest_of("ranker", parameters_of(2), 2);
  promotion.reason = "promoted by hand";
  ASSERT_EQ(manifest(promotion), Refusal::kNone);
  EXPECT_EQ(line()->champion->model, challenger) << "the same, not another copy";
  EXPECT_EQ(line()->champion->reason, "promoted by hand");
  EXPECT_EQ(line()->champion->generation, 3u);
  EXPECT_FALSE(line()->challenger);
  EXPECT_EQ(retired(), std::vector<int>{1});
}

TEST_F(SolvedFoldTest, AFormerChampionIsGoneBackToWithoutItsChunks) {
  for (int number = 1; number <= 3; ++number) offer("ranker", number, static_cast<std::uint64_t>(number - 1));
  EXPECT_EQ(retired(), (std::vector<int>{2, 1})) << "the newest first";
  const SolvedModelPtr first = line()->retired[1].model;
  ASSERT_EQ(manifest(manifest_of("ranker", parameters_of(1), 3)), Refusal::kNone);
  EXPECT_EQ(line()->champion->model, first);
  EXPECT_EQ(retired(), (std::vector<int>{3, 2})) << "it is no former one any more";
  ASSERT_EQ(manifest(manifest_of("ranker", parameters_of(3), 4)), Refusal::kNone) << "and forth";
  EXPECT_EQ(retired(), (std::vector<int>{1, 2}));
}

TEST_F(SolvedFoldTest, OnlySoManyFormerChampionsAreKept) {
  const int served = static_cast<int>(kRetiredMax) + 2;
  std::uint64_t generation = 0;
  for (int number = 1; number <= served; ++number) offer("ranker", number, generation++);
  ASSERT_EQ(line()->retired.size(), kRetiredMax);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(1), generation)), Refusal::kUnknownModel)
      << "the oldest is forgotten";
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(2), generation)), Refusal::kNone);
  EXPECT_EQ(line()->retired.size(), kRetiredMax);
}

TEST_F(SolvedFoldTest, TheSameModelAgainIsAnotherGenerationAndNoFormerChampion) {
  offer("ranker", 1, 0);
  offer("ranker", 2, 1);
  offer("ranker", 2, 2, ModelRole::kChallenger);
  EXPECT_EQ(number_of(line()->challenger), 2) << "of itself";
  const SolvedModelPtr model = line()->champion->model;
  ASSERT_EQ(offer("ranker", 2, 3), Refusal::kNone);
  EXPECT_EQ(line()->generation, 4u);
  EXPECT_EQ(line()->champion->generation, 4u);
  EXPECT_EQ(line()->champion->model, model);
  EXPECT_EQ(line()->champion->reason, "reason 3");
  EXPECT_FALSE(line()->challenger);
  EXPECT_EQ(retired(), std::vector<int>{1});
}

// ---- checkpoints

struct SolvedFoldCheckpoint : SolvedFoldTest {
  void SetUp() override {
    for (int number = 1; number <= 3; ++number)
      offer("ranker", number, static_cast<std::uint64_t>(number - 1));
    offer("ranker", 4, 3, ModelRole::kChallenger);
    offer("ranker/home", 5, 0, ModelRole::kChallenger);
    for (const auto& chunk : chunk_records("ranker", parameters_of(6), 2, kOther)) fold.fold(chunk);
    manifest(manifest_of("ranker", parameters_of(6), 0), kOther);
    fold.fold(chunk_records("ranker", parameters_of(7), 3)[1]);
    fold.fold(chunk_records("ranker", parameters_of(8), 2)[0]);
  }
  static bool read(SolvedFold& into, BytesView bytes) {
    ByteReader in(bytes);
    return into.read(in);
  }
};

TEST_F(SolvedFoldCheckpoint, WhatIsReadGoesOnAsWhatWasWritten) {
  const Bytes bytes = written();
  const auto before = fold.lines();
  fold = {};
  ByteReader in(bytes);
  ASSERT_TRUE(fold.read(in));
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(written(), bytes);
  ASSERT_EQ(fold.lines()->size(), before->size());
  EXPECT_EQ(number_of(line()->champion), 3);
  EXPECT_EQ(number_of(line()->challenger), 4);
  EXPECT_EQ(retired(), (std::vector<int>{2, 1}));
  EXPECT_FALSE(line("ranker/home")->champion);
  EXPECT_EQ(line()->champion->stamp, kStamp);
  ASSERT_TRUE(line()->champion->model->ranker);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(1), 4)), Refusal::kNone) << "former ones, too";
  for (const std::size_t i : {0u, 2u}) fold.fold(chunk_records("ranker", parameters_of(7), 3)[i]);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(7), 5)), Refusal::kNone) << "a model half there";
}

TEST_F(SolvedFoldCheckpoint, WhoWaitedLongestGoesFirstAfterIt) {
  const Bytes bytes = written();
  fold = {};
  ASSERT_TRUE(read(fold, bytes));
  for (int number = 10; number < 9 + static_cast<int>(SolvedFold::kAssembliesMax); ++number)
    fold.fold(chunk_records("ranker/home", parameters_of(number), 2)[0]);
  fold.fold(chunk_records("ranker", parameters_of(8), 2)[1]);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(8), 4)), Refusal::kNone);
  for (const std::size_t i : {0u, 2u}) fold.fold(chunk_records("ranker", parameters_of(7), 3)[i]);
  EXPECT_EQ(manifest(manifest_of("ranker", parameters_of(7), 5)), Refusal::kUnknownModel);
}

TEST_F(SolvedFoldCheckpoint, NothingIsACheckpointToo) {
  const SolvedFold nothing;
  ByteWriter out;
  nothing.write(out);
  ASSERT_TRUE(read(fold, out.view()));
  EXPECT_TRUE(fold.lines()->empty());
}

TEST_F(SolvedFoldCheckpoint, CutOffAnywhereItIsNone) {
  const Bytes bytes = written();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SolvedFold into;
    EXPECT_FALSE(read(into, BytesView(bytes).substr(0, size))) << size;
    EXPECT_TRUE(into.lines()->empty()) << "nor is part of it";
  }
}

TEST_F(SolvedFoldCheckpoint, RolesThatThereAreNotAreNotRead) {
  fold = {};
  offer("ranker", 1, 0);
  Bytes bytes = written();
  const std::size_t roles = 4 + 4 + (4 + 6) + 8; // behind count, tenant, name, generation
  ASSERT_EQ(bytes[roles], 1) << "a champion alone";
  bytes[roles] = 1 | 4;
  SolvedFold into;
  EXPECT_FALSE(read(into, bytes));
}

// Checkpoints have checksums; this is about what passes for one, and about memory.
TEST_F(SolvedFoldCheckpoint, WhateverIsReadHoldsOnlyModelsOfItsLearners) {
  const Bytes bytes = written();
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int flip : {1, 0x40, 0xff}) {
      Bytes damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      SolvedFold into;
      if (!read(into, damaged)) {
        ++refused;
        continue;
      }
      for (const auto& [key, line] : *into.lines())
        for (const auto* placed : {&line->champion, &line->challenger})
          if (*placed) {
            EXPECT_TRUE((*placed)->model->ranker) << at;
            EXPECT_EQ((*placed)->model->version, hash128((*placed)->model->parameters));
          }
    }
  EXPECT_GT(refused, 100);
}

} // namespace
} // namespace kindred::actors::fast_models
