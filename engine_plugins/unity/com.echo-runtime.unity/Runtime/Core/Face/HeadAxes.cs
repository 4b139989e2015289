namespace EchoRuntime
{
    /// <summary>
    /// From the protocol's axes (right-handed: x to the picture's right, y up, z towards the viewer) to those of a
    /// left-handed engine whose characters face along +z, and back. The subject's left, at the picture's right, is such a
    /// character's −x: x is mirrored. Mirroring negates x of positions, and y and z of rotations.
    /// </summary>
    public static class HeadAxes
    {
        public static Rotation Mirrored(Rotation rotation)
        {
            return new Rotation(rotation.X, -rotation.Y, -rotation.Z, rotation.W);
        }

        public static Position Mirrored(Position position)
        {
            return new Position(-position.X, position.Y, position.Z);
        }

        /// <summary>
        /// A direction of gaze as a rotation of an eye, in the engine's axes: positive yaw to the picture's right, positive
        /// pitch up.
        /// </summary>
        public static Rotation OfGaze(Gaze gaze)
        {
            // in the protocol's axes: Ry(yaw) · Rx(−pitch), since a positive turn about x lowers the view
            double cy = System.Math.Cos(gaze.Yaw / 2), sy = System.Math.Sin(gaze.Yaw / 2);
            double cx = System.Math.Cos(-gaze.Pitch / 2), sx = System.Math.Sin(-gaze.Pitch / 2);
            return Mirrored(new Rotation(cy * sx, sy * cx, -sy * sx, cy * cx));
        }
    }
}
