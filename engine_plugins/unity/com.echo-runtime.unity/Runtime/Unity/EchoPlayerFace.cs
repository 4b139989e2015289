using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Sends the player's face to the runtime, with the pose of the head: the newest wins. Values come from a source, or
    /// from your own script through <see cref="Submit"/>. Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Player Face")]
    public sealed class EchoPlayerFace : MonoBehaviour
    {
        [Tooltip("A tracker; empty: the EchoFaceSource of this object, if there is one.")]
        [SerializeField] private EchoFaceSource source;
        [Tooltip("The player's head, as the camera of a headset; empty: no pose is sent.")]
        [SerializeField] private Transform head;
        [Tooltip("What the head rests against, as the camera rig: its forward is straight ahead.")]
        [SerializeField] private Transform rest;
        [Range(5f, 90f)]
        [SerializeField] private float perSecond = 30f;

        private readonly PlayerFace _command = new PlayerFace { Source = "engine" };
        private float[] _values = new float[Limits.Curves];
        private byte[] _payload = new byte[4 * Limits.Curves];
        private Vector3 _restingPosition;
        private bool _posed;
        private float _next;

        private void OnEnable()
        {
            if (source == null) source = GetComponent<EchoFaceSource>();
            _posed = false;
        }

        private void LateUpdate()
        {
            if (source == null || Time.unscaledTime < _next) return;
            float validity;
            if (source.Count > _values.Length)
            {
                EchoLog.Error("The face source of '" + name + "' has " + source.Count + " values; at most " + _values.Length + " can be sent.", this);
                enabled = false;
                return;
            }
            if (!source.Read(_values, out validity)) return;
            _next = Time.unscaledTime + 1f / perSecond;
            Submit(source.Curves, _values, source.Count, validity);
        }

        /// <summary>Sends one face. False while no runtime is connected that takes it.</summary>
        /// <param name="curves">arkit52, fb70, htc51 or androidxr68: the order of the values.</param>
        public bool Submit(string curves, float[] values, int count, float validity)
        {
            EchoConnection connection = EchoConnection.Shared;
            if (connection == null || connection.Status != ClientStatus.Connected) return false;
            Payload.WriteFloats(values, count, _payload, 0);
            _command.Curves = curves;
            _command.Count = count;
            _command.Validity = Mathf.Clamp01(validity);
            Pose();
            try
            {
                return connection.Client.Send(_command, _payload, 0, 4 * count);
            }
            catch (EchoException error)
            {
                EchoLog.Error("The player's face cannot be sent: " + error.Message, this);
                return false;
            }
        }

        /// <summary>
        /// The pose as a camera opposite of the player would see it. A player faces along +z as a character does.
        /// </summary>
        private void Pose()
        {
            if (head == null) return;
            Quaternion turned = rest == null ? head.localRotation : Quaternion.Inverse(rest.rotation) * head.rotation;
            Vector3 at = rest == null ? head.localPosition : rest.InverseTransformPoint(head.position);
            if (!_posed)
            {
                _restingPosition = at;
                _posed = true;
            }
            _command.Head = UnityAxes.ToProtocol(turned);
            _command.Position = UnityAxes.ToProtocol(at - _restingPosition);
        }
    }
}
