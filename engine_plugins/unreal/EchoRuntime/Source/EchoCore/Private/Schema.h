// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <tuple>

#include "EchoCore/Commands.h"
#include "EchoCore/Replies.h"
#include "EchoCore/Streams.h"
#include "Kinds.h"

/// The table of all messages: their names, the fields in the order of the wire, and what payload belongs to them.
/// A new message is its struct, a table here, and its name in ECHO_MESSAGES.
namespace echo {

template <class Owner, class Value, class Kind>
struct Field {
    std::string_view name;
    Value Owner::*member;
    Kind kind;
    /// A field that is not required keeps the struct's default when it is missing.
    bool required;
};

template <class Owner, class Value, class Kind>
constexpr Field<Owner, Value, Kind> required(std::string_view name, Value Owner::*member, Kind kind) {
    return {name, member, kind, true};
}

template <class Owner, class Value, class Kind>
constexpr Field<Owner, Value, Kind> optional(std::string_view name, Value Owner::*member, Kind kind) {
    return {name, member, kind, false};
}

template <class Message>
struct Schema;

/// A message without payload.
struct NoPayload {
    template <class Message>
    static Outcome examine_payload(const Message&, size_t size) {
        if (size == 0) return {};
        return Outcome::failure(Code::malformed, "%zu bytes of payload came with a message that has none.", size);
    }
};

Outcome examine_sound(size_t size, uint32_t channels);
Outcome examine_curves(size_t size, uint32_t count);
Outcome examine_picture(const Video& video, size_t size);

constexpr auto id_field = optional("id", &Command::id, kinds::u64);

// clang-format off
template <> struct Schema<Hello> : NoPayload {
    static constexpr std::string_view type = "hello";
    static constexpr auto fields = std::make_tuple(
        required("proto", &Hello::proto, kinds::version), required("client", &Hello::client, kinds::name),
        optional("caps", &Hello::caps, kinds::names));
};
template <> struct Schema<OpenNpc> : NoPayload {
    static constexpr std::string_view type = "open_npc";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &OpenNpc::npc, kinds::name), optional("avatar", &OpenNpc::avatar, kinds::name_or_none));
};
template <> struct Schema<CloseNpc> : NoPayload {
    static constexpr std::string_view type = "close_npc";
    static constexpr auto fields = std::make_tuple(id_field, required("npc", &CloseNpc::npc, kinds::name));
};
template <> struct Schema<ListNpcs> : NoPayload {
    static constexpr std::string_view type = "list_npcs";
    static constexpr auto fields = std::make_tuple(
        id_field, optional("after", &ListNpcs::after, kinds::name_or_none),
        optional("limit", &ListNpcs::limit, kinds::Whole<uint32_t>{1, 32}));
};
template <> struct Schema<SpeakBegin> : NoPayload {
    static constexpr std::string_view type = "speak_begin";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &SpeakBegin::npc, kinds::name), required("utt", &SpeakBegin::utt, kinds::label),
        optional("rate", &SpeakBegin::rate, kinds::sound_rate),
        optional("channels", &SpeakBegin::channels, kinds::channels),
        optional("text", &SpeakBegin::text, kinds::long_text));
};
template <> struct Schema<SpeakAudio> {
    static constexpr std::string_view type = "speak_audio";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &SpeakAudio::npc, kinds::name), required("utt", &SpeakAudio::utt, kinds::label));
    static Outcome examine_payload(const SpeakAudio&, size_t size) { return examine_sound(size, 1); }
};
template <> struct Schema<SpeakEnd> : NoPayload {
    static constexpr std::string_view type = "speak_end";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &SpeakEnd::npc, kinds::name), required("utt", &SpeakEnd::utt, kinds::label));
};
template <> struct Schema<SpeakText> : NoPayload {
    static constexpr std::string_view type = "speak_text";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &SpeakText::npc, kinds::name), required("text", &SpeakText::text, kinds::long_text),
        optional("voice", &SpeakText::voice, kinds::name_or_none), optional("utt", &SpeakText::utt, kinds::u32));
};
template <> struct Schema<Interrupt> : NoPayload {
    static constexpr std::string_view type = "interrupt";
    static constexpr auto fields = std::make_tuple(id_field, required("npc", &Interrupt::npc, kinds::name));
};
template <> struct Schema<Emotion> : NoPayload {
    static constexpr std::string_view type = "emotion";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &Emotion::npc, kinds::name), required("name", &Emotion::name, kinds::name),
        optional("intensity", &Emotion::intensity, kinds::share));
};
template <> struct Schema<Thinking> : NoPayload {
    static constexpr std::string_view type = "thinking";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &Thinking::npc, kinds::name), required("on", &Thinking::on, kinds::flag));
};
template <> struct Schema<Attention> : NoPayload {
    static constexpr std::string_view type = "attention";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &Attention::npc, kinds::name), required("value", &Attention::value, kinds::share));
};
template <> struct Schema<PlayerFace> {
    static constexpr std::string_view type = "player_face";
    static constexpr auto fields = std::make_tuple(
        id_field, optional("pts", &PlayerFace::pts, kinds::micros), optional("curves", &PlayerFace::curves, kinds::name),
        optional("count", &PlayerFace::count, kinds::curve_count), optional("head", &PlayerFace::head, kinds::rotation),
        optional("position", &PlayerFace::position, kinds::position), optional("gaze", &PlayerFace::gaze, kinds::gaze),
        optional("validity", &PlayerFace::validity, kinds::share),
        optional("regions", &PlayerFace::regions, kinds::Encoded{&kinds::examine_shares, 16, true}),
        optional("source", &PlayerFace::source, kinds::name));
    static Outcome examine_payload(const PlayerFace& face, size_t size) { return examine_curves(size, face.count); }
};
template <> struct Schema<PlayerAudio> {
    static constexpr std::string_view type = "player_audio";
    static constexpr auto fields = std::make_tuple(
        id_field, optional("pts", &PlayerAudio::pts, kinds::micros),
        optional("rate", &PlayerAudio::rate, kinds::sound_rate),
        optional("channels", &PlayerAudio::channels, kinds::channels));
    static Outcome examine_payload(const PlayerAudio& audio, size_t size) { return examine_sound(size, audio.channels); }
};
template <> struct Schema<SayText> : NoPayload {
    static constexpr std::string_view type = "say_text";
    static constexpr auto fields = std::make_tuple(
        id_field, optional("npc", &SayText::npc, kinds::name_or_none), required("speaker", &SayText::speaker, kinds::name),
        required("text", &SayText::text, kinds::long_text));
};
template <> struct Schema<SaveMemory> : NoPayload {
    static constexpr std::string_view type = "save_memory";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &SaveMemory::npc, kinds::name), required("file", &SaveMemory::file, kinds::file_name));
};
template <> struct Schema<LoadMemory> : NoPayload {
    static constexpr std::string_view type = "load_memory";
    static constexpr auto fields = std::make_tuple(
        id_field, required("npc", &LoadMemory::npc, kinds::name), required("file", &LoadMemory::file, kinds::file_name));
};
template <> struct Schema<Pause> : NoPayload {
    static constexpr std::string_view type = "pause";
    static constexpr auto fields = std::make_tuple(id_field, optional("npc", &Pause::npc, kinds::name_or_none));
};
template <> struct Schema<Resume> : NoPayload {
    static constexpr std::string_view type = "resume";
    static constexpr auto fields = std::make_tuple(id_field, optional("npc", &Resume::npc, kinds::name_or_none));
};
template <> struct Schema<CurveNames> : NoPayload {
    static constexpr std::string_view type = "curve_names";
    static constexpr auto fields = std::make_tuple(id_field, required("curves", &CurveNames::curves, kinds::name));
};
template <> struct Schema<Stats> : NoPayload {
    static constexpr std::string_view type = "stats";
    static constexpr auto fields = std::make_tuple(id_field);
};
template <> struct Schema<Ping> : NoPayload {
    static constexpr std::string_view type = "ping";
    static constexpr auto fields = std::make_tuple(id_field, optional("sent", &Ping::sent, kinds::micros));
};
template <> struct Schema<Advance> : NoPayload {
    static constexpr std::string_view type = "advance";
    static constexpr auto fields = std::make_tuple(
        id_field, required("us", &Advance::us, kinds::Whole<uint32_t>{1, 3'600'000'000}));
};
template <> struct Schema<Bye> : NoPayload {
    static constexpr std::string_view type = "bye";
    static constexpr auto fields = std::make_tuple(id_field);
};

template <> struct Schema<Welcome> : NoPayload {
    static constexpr std::string_view type = "welcome";
    static constexpr auto fields = std::make_tuple(
        required("proto", &Welcome::proto, kinds::version), required("session", &Welcome::session, kinds::name),
        required("returned", &Welcome::returned, kinds::flag), required("run", &Welcome::run, kinds::name),
        required("now", &Welcome::now, kinds::micros),
        required("ports", &Welcome::ports, kinds::Encoded{&kinds::examine_ports, 8, true}),
        required("curve_sets", &Welcome::curve_sets, kinds::Encoded{&kinds::examine_name_lists, 8, true}),
        required("formats", &Welcome::formats, kinds::Encoded{&kinds::examine_names, 16, false}),
        required("caps", &Welcome::caps, kinds::names), required("runtime", &Welcome::runtime, kinds::name));
};
template <> struct Schema<Error> : NoPayload {
    static constexpr std::string_view type = "error";
    static constexpr auto fields = std::make_tuple(
        required("code", &Error::code, kinds::name), required("text", &Error::text, kinds::sentence),
        optional("supported", &Error::supported, kinds::Encoded{&kinds::examine_versions, 16, false}));
};
template <> struct Schema<Ack> : NoPayload {
    static constexpr std::string_view type = "ack";
    static constexpr auto fields = std::make_tuple(
        required("id", &Ack::id, kinds::u64), optional("buffered_us", &Ack::buffered_us, kinds::micros));
};
template <> struct Schema<Done> : NoPayload {
    static constexpr std::string_view type = "done";
    static constexpr auto fields = std::make_tuple(
        required("id", &Done::id, kinds::u64),
        optional("result", &Done::result, kinds::Encoded{&kinds::examine_anything, 64, true}));
};
template <> struct Schema<Failed> : NoPayload {
    static constexpr std::string_view type = "failed";
    static constexpr auto fields = std::make_tuple(
        required("id", &Failed::id, kinds::u64), required("code", &Failed::code, kinds::name),
        required("text", &Failed::text, kinds::sentence));
};
template <> struct Schema<Pong> : NoPayload {
    static constexpr std::string_view type = "pong";
    static constexpr auto fields = std::make_tuple(
        required("id", &Pong::id, kinds::u64), required("sent", &Pong::sent, kinds::micros),
        required("received", &Pong::received, kinds::micros), required("answered", &Pong::answered, kinds::micros));
};
template <> struct Schema<Closing> : NoPayload {
    static constexpr std::string_view type = "closing";
    static constexpr auto fields = std::make_tuple(
        required("code", &Closing::code, kinds::name), required("text", &Closing::text, kinds::sentence));
};

constexpr auto published_fields = std::make_tuple(
    required("npc", &Published::npc, kinds::name), required("seq", &Published::seq, kinds::u64),
    required("epoch", &Published::epoch, kinds::u32), required("utt", &Published::utt, kinds::u32),
    required("pts", &Published::pts, kinds::micros), optional("again", &Published::again, kinds::flag));

template <> struct Schema<Video> {
    static constexpr std::string_view type = "video";
    static constexpr auto fields = std::tuple_cat(published_fields, std::make_tuple(
        required("origin", &Video::origin, kinds::name), required("width", &Video::width, kinds::side),
        required("height", &Video::height, kinds::side),
        required("stride", &Video::stride, kinds::Whole<uint32_t>{4, 4 * limits::picture_side}),
        required("format", &Video::format, kinds::name), optional("kind", &Video::kind, kinds::name),
        optional("camera_fov", &Video::camera_fov, kinds::Real{0.0, 3.2}),
        optional("camera_distance", &Video::camera_distance, kinds::Real{0.0, 100.0}),
        optional("head", &Video::head, kinds::rotation), optional("position", &Video::position, kinds::position),
        optional("observed_us", &Video::observed_us, kinds::micros),
        optional("generated_us", &Video::generated_us, kinds::micros),
        optional("published_us", &Video::published_us, kinds::micros)));
    static Outcome examine_payload(const Video& video, size_t size) { return examine_picture(video, size); }
};
template <> struct Schema<Coefficients> {
    static constexpr std::string_view type = "coefficients";
    static constexpr auto fields = std::tuple_cat(published_fields, std::make_tuple(
        required("origin", &Coefficients::origin, kinds::name), required("curves", &Coefficients::curves, kinds::name),
        required("count", &Coefficients::count, kinds::curve_count),
        required("head", &Coefficients::head, kinds::rotation),
        required("position", &Coefficients::position, kinds::position),
        required("gaze", &Coefficients::gaze, kinds::gaze),
        optional("observed_us", &Coefficients::observed_us, kinds::micros),
        optional("published_us", &Coefficients::published_us, kinds::micros)));
    static Outcome examine_payload(const Coefficients& face, size_t size) { return examine_curves(size, face.count); }
};
template <> struct Schema<Speech> {
    static constexpr std::string_view type = "speech";
    static constexpr auto fields = std::tuple_cat(published_fields, std::make_tuple(
        required("rate", &Speech::rate, kinds::sound_rate), required("channels", &Speech::channels, kinds::channels),
        required("last", &Speech::last, kinds::flag), optional("published_us", &Speech::published_us, kinds::micros)));
    static Outcome examine_payload(const Speech& speech, size_t size) { return examine_sound(size, speech.channels); }
};
template <> struct Schema<Event> : NoPayload {
    static constexpr std::string_view type = "event";
    static constexpr auto fields = std::tuple_cat(published_fields, std::make_tuple(
        required("name", &Event::name, kinds::name),
        optional("detail", &Event::detail, kinds::Encoded{&kinds::examine_anything, 32, true})));
};
// clang-format on

#define ECHO_MESSAGES(X)                                                                                              \
    X(Hello)                                                                                                          \
    X(OpenNpc)                                                                                                        \
    X(CloseNpc)                                                                                                       \
    X(ListNpcs)                                                                                                       \
    X(SpeakBegin) X(SpeakAudio) X(SpeakEnd) X(SpeakText) X(Interrupt) X(Emotion) X(Thinking) X(Attention)             \
        X(PlayerFace) X(PlayerAudio) X(SayText) X(SaveMemory) X(LoadMemory) X(Pause) X(Resume) X(CurveNames) X(Stats) \
            X(Ping) X(Advance) X(Bye) X(Welcome) X(Error) X(Ack) X(Done) X(Failed) X(Pong) X(Closing) X(Video)        \
                X(Coefficients) X(Speech) X(Event)

}  // namespace echo
