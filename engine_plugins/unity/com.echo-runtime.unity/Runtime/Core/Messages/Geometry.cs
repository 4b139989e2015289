namespace EchoRuntime
{
    /// <summary>
    /// A unit quaternion. Axes are right-handed and seen in the picture: x to its right, y up, z towards the viewer.
    /// </summary>
    public struct Rotation
    {
        public double X, Y, Z, W;

        public Rotation(double x, double y, double z, double w)
        {
            X = x;
            Y = y;
            Z = z;
            W = w;
        }

        public static Rotation Identity
        {
            get { return new Rotation(0.0, 0.0, 0.0, 1.0); }
        }
    }

    /// <summary>Metres from the resting position, on the axes of <see cref="Rotation"/>.</summary>
    public struct Position
    {
        public double X, Y, Z;

        public Position(double x, double y, double z)
        {
            X = x;
            Y = y;
            Z = z;
        }
    }

    /// <summary>Radians relative to the head: positive yaw looks to the picture's right, positive pitch up.</summary>
    public struct Gaze
    {
        public double Yaw, Pitch;

        public Gaze(double yaw, double pitch)
        {
            Yaw = yaw;
            Pitch = pitch;
        }
    }

    /// <summary>A version of the protocol; not of a package.</summary>
    public struct ProtocolVersion
    {
        public int Major, Minor;

        public ProtocolVersion(int major, int minor)
        {
            Major = major;
            Minor = minor;
        }

        public override string ToString()
        {
            return Major + "." + Minor;
        }
    }
}
