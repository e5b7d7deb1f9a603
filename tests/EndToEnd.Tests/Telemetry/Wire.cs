using System.Buffers.Binary;

namespace Engagement.EndToEnd.Tests.Telemetry;

/// <summary>One field of a protobuf message: numbers are in <paramref name="Number"/>, everything else in <paramref name="Bytes"/>.</summary>
internal readonly record struct WireField(int Id, ulong Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Protobuf's wire format, as far as a reader needs it that knows the field numbers.</summary>
internal static class Wire
{
    public static IEnumerable<WireField> Fields(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var id = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return new WireField(id, Varint(ref message), default);
                    break;
                case 1:
                    yield return new WireField(id, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, 8).Span), default);
                    break;
                case 2:
                    yield return new WireField(id, 0, Take(ref message, (int)Varint(ref message)));
                    break;
                case 5:
                    yield return new WireField(id, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, 4).Span), default);
                    break;
                default:
                    throw new InvalidDataException($"There is no wire type {tag & 7}.");
            }
        }
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Messages(this ReadOnlyMemory<byte> message, int id) =>
        Fields(message).Where(field => field.Id == id).Select(field => field.Bytes);

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> message, int length)
    {
        var taken = message[..length];
        message = message[length..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(ref message, 1).Span[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
