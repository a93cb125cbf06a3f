using System.Runtime.InteropServices;
using Parti.Abstractions;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>Steps as messages and back.</summary>
internal static class ShardWire
{
    private const int NumbersOfARow = 3;

    /// <summary>A step as a message.</summary>
    internal static ShardInput ToMessage(ShardStep step)
    {
        int[] rows = new int[NumbersOfARow * step.Rows.Count];
        for (int i = 0; i < step.Rows.Count; i++)
        {
            (rows[NumbersOfARow * i], rows[NumbersOfARow * i + 1], rows[NumbersOfARow * i + 2]) = (step.Rows[i].Row, step.Rows[i].Place, step.Rows[i].Turn);
        }

        return new(
            step.Session, step.Lane, step.Number, rows, ToBytes(step.Activations),
            [.. step.Texts.Select(text => new ShardInputText(text.Row, ToBytes(text.States), text.Tokens))]);
    }

    /// <summary>A message as a step.</summary>
    internal static ShardStep ToStep(ShardInput input)
    {
        StepRow[] rows = new StepRow[input.Rows.Length / NumbersOfARow];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new(input.Rows[NumbersOfARow * i], input.Rows[NumbersOfARow * i + 1], input.Rows[NumbersOfARow * i + 2]);
        }

        return new(
            input.Session, input.Lane, input.Number, rows, ToFloats(input.Activations),
            [.. input.Texts.Select(text => new ShardText(text.Row, ToFloats(text.States), text.Tokens))]);
    }

    internal static byte[] ToBytes(float[] numbers) => MemoryMarshal.AsBytes<float>(numbers).ToArray();

    internal static float[] ToFloats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
