namespace EchoRuntime
{
    /// <summary>
    /// The player's face; the newest wins. Payload: float32[Count], little-endian, in the order of the curve set.
    /// </summary>
    public sealed class PlayerFace : Command
    {
        /// <summary>When it was captured, on the runtime's clock; 0 = on arrival.</summary>
        public long Pts;
        public string Curves = "arkit52";
        public int Count = 52;
        public Rotation Head = Rotation.Identity;
        public Position Position;
        public Gaze Gaze;
        /// <summary>0 to 1; 0 = no face was seen.</summary>
        public double Validity = 1.0;
        /// <summary>Validity of single regions where it differs: brows, eyes, gaze, cheeks, mouth, jaw, head.</summary>
        public MessageMap Regions = new MessageMap();
        public string Source = "engine";

        public override string Type
        {
            get { return "player_face"; }
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
            fields.MicrosOrZero("pts", ref Pts);
            fields.Name("curves", ref Curves, "arkit52");
            fields.Whole("count", ref Count, 1, Limits.Curves, 52);
            fields.RotationOrIdentity("head", ref Head);
            fields.PositionOrZero("position", ref Position);
            fields.GazeOrZero("gaze", ref Gaze);
            fields.Real("validity", ref Validity, 0.0, 1.0, 1.0);
            fields.Map("regions", ref Regions, MapValues.Shares, 16, false);
            fields.Name("source", ref Source, "engine");
        }
    }

    /// <summary>The player's voice. Payload: PCM16, little-endian, interleaved.</summary>
    public sealed class PlayerAudio : Command
    {
        /// <summary>
        /// Capture time of the first sample on the runtime's clock; 0 = the last one was captured on arrival.
        /// </summary>
        public long Pts;
        public int Rate = 16000;
        public int Channels = 1;

        public override string Type
        {
            get { return "player_audio"; }
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
            fields.MicrosOrZero("pts", ref Pts);
            fields.Whole("rate", ref Rate, 8000, 192000, 16000);
            fields.Whole("channels", ref Channels, 1, 8, 1);
        }
    }
}
