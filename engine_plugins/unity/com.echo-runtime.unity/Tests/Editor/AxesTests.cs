using EchoRuntime.Components;
using NUnit.Framework;
using UnityEngine;

namespace EchoRuntime.Tests
{
    /// <summary>What only Unity's own mathematics can say: that mirrored poses turn its characters the right way.</summary>
    public sealed class AxesTests
    {
        [Test]
        public void PositivePitchLowersTheChin()
        {
            Quaternion turned = UnityAxes.Rotation(new Rotation(Mathf.Sin(0.1f), 0, 0, Mathf.Cos(0.1f)));
            Assert.Less((turned * Vector3.forward).y, -0.1f);
        }

        [Test]
        public void PositiveYawTurnsToTheSubjectsLeft()
        {
            Quaternion turned = UnityAxes.Rotation(new Rotation(0, Mathf.Sin(0.1f), 0, Mathf.Cos(0.1f)));
            Assert.Less((turned * Vector3.forward).x, -0.1f);
        }

        [Test]
        public void PositiveGazePitchLooksUp()
        {
            Assert.Greater((UnityAxes.Gaze(new Gaze(0, 0.2)) * Vector3.forward).y, 0.1f);
        }

        [Test]
        public void ABoneOfOddAxesTurnsAboutItsCharacter()
        {
            var character = new GameObject("character");
            var bone = new GameObject("bone");
            bone.transform.parent = character.transform;
            character.transform.rotation = new Quaternion(0.1f, 0.7f, -0.2f, 0.678f);
            Quaternion resting = new Quaternion(0.5f, -0.5f, 0.5f, 0.5f);
            Quaternion nod = UnityAxes.Rotation(new Rotation(Mathf.Sin(0.1f), 0, 0, Mathf.Cos(0.1f)));
            bone.transform.localRotation = resting;
            Vector3 nose = Quaternion.Inverse(bone.transform.rotation) * (character.transform.rotation * Vector3.forward);
            bone.transform.localRotation = UnityAxes.Turned(bone.transform, resting, character.transform.rotation, nod);
            Vector3 seen = Quaternion.Inverse(character.transform.rotation) * (bone.transform.rotation * nose);
            Object.DestroyImmediate(character);
            Assert.AreEqual(-Mathf.Sin(0.2f), seen.y, 1e-4);
            Assert.AreEqual(0.0, seen.x, 1e-4);
        }

        [Test]
        public void ThereAndBack()
        {
            Rotation back = UnityAxes.ToProtocol(UnityAxes.Rotation(new Rotation(0.1, 0.2, 0.3, 0.927)));
            Assert.AreEqual(0.2, back.Y, 1e-5);
        }
    }
}
