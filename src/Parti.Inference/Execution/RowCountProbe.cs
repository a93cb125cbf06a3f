namespace Parti.Inference.Execution;

/// <summary>
/// Finds out which row counts give equal bits here, on this machine and with these sizes: runs one sequence in the first and the
/// last slot of every row count, between neighbours that differ, and compares logits (docs/decisions/0002).
/// </summary>
sealed class RowCountProbe(IModelNetworks networks)
{
    const int Steps = 2;
    const int ProbedToken = 1;

    readonly float[] _probed = Noise(networks.TextWidth, 1);

    /// <summary>The row counts that agree with the largest one; the stage is left with them.</summary>
    /// <exception cref="InvalidOperationException">Even at the largest row count a slot's number shows in its logits.</exception>
    public RowCounts Apply(TensorDecoder stage)
    {
        RowCounts all = stage.Counts;
        float[] reference = Run(stage, all.Largest, slot: 0);
        List<int> equal = [.. all.All.Where(rows =>
            reference.AsSpan().SequenceEqual(Run(stage, rows, slot: 0)) && reference.AsSpan().SequenceEqual(Run(stage, rows, rows / 2 - 1)))];
        if (!equal.Contains(all.Largest))
        {
            throw new InvalidOperationException(
                "the tensor library computes a picture differently in each slot, so that pictures would not repeat. Run the engine with one thread.");
        }
        return stage.Counts = new RowCounts(equal);
    }

    // Logits of the slot's prompt row over a few steps, all slots of the row count taking part.
    float[] Run(TensorDecoder stage, int rows, int slot)
    {
        stage.Counts = new RowCounts([rows, .. stage.Counts.Largest > rows ? [stage.Counts.Largest] : Array.Empty<int>()]);
        DecodeRow[] inputs = new DecodeRow[rows];
        for (int i = 0; i < rows / 2; i++)
        {
            float[] states = i == slot ? _probed : Noise(networks.TextWidth, 100 * slot + i + 2);
            stage.Enter(2 * i, states, 1);
            stage.Enter(2 * i + 1, states, 1);
        }
        List<float> logits = [];
        for (int position = 0; position < Math.Min(Steps, networks.ImageTokens); position++)
        {
            for (int row = 0; row < rows; row++)
            {
                int token = row / 2 == slot ? ProbedToken : row / 2 % networks.Vocabulary;
                inputs[row] = new DecodeRow(row, position == 0 ? -1 : token, position);
            }
            stage.Step(inputs);
            logits.AddRange(stage.Logits(2 * slot));
        }
        return [.. logits];
    }

    static float[] Noise(int count, int seed)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            uint word = Sampling.Philox4x32.Generate((ulong)seed, new Sampling.PhiloxBlock((uint)i, 0, 0, 0)).X0;
            values[i] = (float)(word / 4294967296.0 * 2 - 1);
        }
        return values;
    }
}
