using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>The protocol's poses as Unity's, for a character that faces along its +z.</summary>
    public static class UnityAxes
    {
        public static Quaternion Rotation(Rotation rotation)
        {
            Rotation mirrored = HeadAxes.Mirrored(rotation);
            return new Quaternion((float)mirrored.X, (float)mirrored.Y, (float)mirrored.Z, (float)mirrored.W);
        }

        public static Vector3 Position(Position position)
        {
            Position mirrored = HeadAxes.Mirrored(position);
            return new Vector3((float)mirrored.X, (float)mirrored.Y, (float)mirrored.Z);
        }

        public static Quaternion Gaze(Gaze gaze)
        {
            Rotation eye = HeadAxes.OfGaze(gaze);
            return new Quaternion((float)eye.X, (float)eye.Y, (float)eye.Z, (float)eye.W);
        }

        /// <summary>
        /// The local rotation of a bone that is turned about the axes of its character, whatever the bone's own axes are.
        /// </summary>
        /// <param name="resting">The bone's local rotation without the turn.</param>
        /// <param name="facing">Rotation, in the world, of what faces along its +z: the character's root.</param>
        public static Quaternion Turned(Transform bone, Quaternion resting, Quaternion facing, Quaternion turn)
        {
            Quaternion parent = bone.parent == null ? Quaternion.identity : bone.parent.rotation;
            return Quaternion.Inverse(parent) * facing * turn * Quaternion.Inverse(facing) * parent * resting;
        }

        /// <summary>A Unity rotation of a head, for the protocol.</summary>
        public static Rotation ToProtocol(Quaternion rotation)
        {
            return HeadAxes.Mirrored(new Rotation(rotation.x, rotation.y, rotation.z, rotation.w));
        }

        public static Position ToProtocol(Vector3 position)
        {
            return HeadAxes.Mirrored(new Position(position.x, position.y, position.z));
        }
    }
}
