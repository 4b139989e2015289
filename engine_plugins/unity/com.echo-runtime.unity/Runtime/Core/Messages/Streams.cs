namespace EchoRuntime
{
    /// <summary>What the runtime publishes about an NPC.</summary>
    public abstract class Published : Message
    {
        public string Npc;
        /// <summary>Counts from 1, per NPC and type of message.</summary>
        public ulong Seq;
        /// <summary>Rises with every interrupt of the NPC.</summary>
        public uint Epoch;
        /// <summary>The utterance that is being spoken, 0 = none.</summary>
        public uint Utt;
        /// <summary>When it is meant to be seen or heard: microseconds on the runtime's clock.</summary>
        public long Pts;
        /// <summary>The last value, sent once more for somebody who has just subscribed.</summary>
        public bool Again;

        internal override void Visit(Fields fields)
        {
            fields.Name("npc", ref Npc);
            fields.Unsigned("seq", ref Seq, true);
            fields.Unsigned("epoch", ref Epoch);
            fields.Unsigned("utt", ref Utt);
            fields.Micros("pts", ref Pts);
            fields.FlagOrFalse("again", ref Again);
        }
    }

    /// <summary>
    /// A picture. Payload: Height × Stride bytes, first row at the top, sRGB, straight alpha; or a JPEG file without
    /// alpha.
    /// </summary>
    public sealed class Video : Published
    {
        /// <summary>
        /// generated: drawn from motion that the model made · held: the last picture again · idle: no model ran.
        /// </summary>
        public string Origin;
        /// <summary>Pixels.</summary>
        public int Width, Height;
        /// <summary>Bytes from one row to the next; of a JPEG, once decoded to four bytes a pixel.</summary>
        public int Stride;
        /// <summary>bgra8 or rgba8: bytes in memory order; jpeg: compressed, opaque.</summary>
        public string Format;
        public string Kind = "portrait";
        /// <summary>Full vertical angle of view, radians; 0 = not known.</summary>
        public double CameraFov;
        /// <summary>Metres from the camera to the head's resting position; 0 = not known.</summary>
        public double CameraDistance;
        public Rotation Head = Rotation.Identity;
        public Position Position;
        /// <summary>Capture time of the newest observation of the player behind this picture, 0 = none.</summary>
        public long ObservedMicros;
        /// <summary>When the picture was finished, 0 = not known.</summary>
        public long GeneratedMicros;
        /// <summary>When it was handed to the socket, 0 = not known.</summary>
        public long PublishedMicros;

        public override string Type
        {
            get { return "video"; }
        }

        public override int PayloadLimit
        {
            get { return Limits.VideoBytes; }
        }

        public override void CheckPayload(long size)
        {
            bool jpeg = Format == "jpeg";
            if (!jpeg && Format != "bgra8" && Format != "rgba8")
            {
                throw new ProtocolException("video.format is '" + Format + "'; this version knows bgra8, rgba8, jpeg.");
            }
            if (Stride != 4 * Width)
            {
                throw new ProtocolException(
                    "video.stride is " + Stride + "; rows of " + Width + " pixels have " + 4 * Width + " bytes.");
            }
            if (jpeg)
            {
                if (size >= Limits.JpegBytes && size <= Limits.VideoBytes) return;
                throw new ProtocolException(
                    "video has " + size + " bytes of jpeg; " + Limits.JpegBytes + " to " + Limits.VideoBytes
                    + " are allowed.");
            }
            if (size == (long)Stride * Height) return;
            throw new ProtocolException(
                "video announces " + Width + "×" + Height + " pixels, " + (long)Stride * Height + " bytes, and has "
                + size + ".");
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("origin", ref Origin);
            fields.Whole("width", ref Width, 1, Limits.PictureSide);
            fields.Whole("height", ref Height, 1, Limits.PictureSide);
            fields.Whole("stride", ref Stride, 4, 4 * Limits.PictureSide);
            fields.Name("format", ref Format);
            fields.Name("kind", ref Kind, "portrait");
            fields.Real("camera_fov", ref CameraFov, 0.0, 3.2, 0.0);
            fields.Real("camera_distance", ref CameraDistance, 0.0, 100.0, 0.0);
            fields.RotationOrIdentity("head", ref Head);
            fields.PositionOrZero("position", ref Position);
            fields.MicrosOrZero("observed_us", ref ObservedMicros);
            fields.MicrosOrZero("generated_us", ref GeneratedMicros);
            fields.MicrosOrZero("published_us", ref PublishedMicros);
        }
    }

    /// <summary>A face as numbers. Payload: float32[Count], little-endian, in the order of the curve set.</summary>
    public sealed class Coefficients : Published
    {
        public string Origin;
        public string Curves;
        public int Count;
        public Rotation Head = Rotation.Identity;
        public Position Position;
        public Gaze Gaze;
        public long ObservedMicros;
        public long PublishedMicros;

        public override string Type
        {
            get { return "coefficients"; }
        }

        public override int PayloadLimit
        {
            get { return 4 * Limits.Curves; }
        }

        public override void CheckPayload(long size)
        {
            CheckFloats(Count, size);
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("origin", ref Origin);
            fields.Name("curves", ref Curves);
            fields.Whole("count", ref Count, 1, Limits.Curves);
            fields.Rotation("head", ref Head);
            fields.Position("position", ref Position);
            fields.Gaze("gaze", ref Gaze);
            fields.MicrosOrZero("observed_us", ref ObservedMicros);
            fields.MicrosOrZero("published_us", ref PublishedMicros);
        }
    }

    /// <summary>
    /// A piece of the NPC's voice, without gaps inside an utterance. Payload: PCM16, little-endian, interleaved.
    /// </summary>
    public sealed class Speech : Published
    {
        /// <summary>Samples per second.</summary>
        public int Rate;
        public int Channels;
        /// <summary>The utterance ends with this piece, which may be empty.</summary>
        public bool Last;
        public long PublishedMicros;

        public override string Type
        {
            get { return "speech"; }
        }

        public override int PayloadLimit
        {
            get { return Limits.SoundBytes; }
        }

        public override void CheckPayload(long size)
        {
            CheckSound(Channels, size);
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Whole("rate", ref Rate, 8000, 192000);
            fields.Whole("channels", ref Channels, 1, 8);
            fields.Flag("last", ref Last);
            fields.MicrosOrZero("published_us", ref PublishedMicros);
        }
    }

    /// <summary>Something happened to an NPC; `Pts` says when. No payload.</summary>
    public sealed class CueEvent : Published
    {
        public string Name;
        public MessageMap Detail = new MessageMap();

        public override string Type
        {
            get { return "event"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("name", ref Name);
            fields.Map("detail", ref Detail, MapValues.Anything, 32, false);
        }
    }
}
