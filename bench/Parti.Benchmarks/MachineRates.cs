using System.Runtime.Intrinsics;
using Parti.Inference.Kernels;

namespace Parti.Benchmarks;

/// <summary>What this machine can do at most, measured like everything else.</summary>
/// <param name="ReadBytesPerSecond">Reading memory far larger than any cache.</param>
/// <param name="FlopsPerSecond">Multiplying and adding what is in the first cache.</param>
sealed record MachineRates(double ReadBytesPerSecond, double FlopsPerSecond)
{
    const long Floats = 128L << 20;
    const int Repeats = 5;

    /// <summary>Measures with some threads.</summary>
    public static MachineRates Measure(int threads)
    {
        using KernelTeam team = new(threads);
        using NativeFloats memory = new(Floats);
        using NativeFloats small = new(4096L * threads);
        Phase read = new ReadPhase(memory), multiply = new MultiplyPhase(small, threads);
        team.BeginStep();
        double[] seconds = Timing.Medians(Repeats, () => team.Run(read), () => team.Run(multiply));
        team.EndStep();
        return new(Floats * sizeof(float) / seconds[0], MultiplyPhase.Flops * threads / seconds[1]);
    }

    sealed unsafe class ReadPhase(NativeFloats memory) : Phase
    {
        // As far ahead as the kernels ask for: without that, a loop of loads alone does not keep the memory busy.
        const int Ahead = 4096;

        readonly float[] _sums = new float[64];

        public override int Parts => _sums.Length;

        public override bool Shared => true;

        public override void Run(int part, int thread)
        {
            long count = memory.Count / Parts;
            float* at = memory.Pointer + part * count;
            Vector256<float> a = default, b = default, c = default, d = default;
            for (long i = 0; i < count; i += 32)
            {
                CacheLines.AskSecond((byte*)(at + i + Ahead));
                CacheLines.AskSecond((byte*)(at + i + Ahead + 16));
                a += Vector256.Load(at + i);
                b += Vector256.Load(at + i + 8);
                c += Vector256.Load(at + i + 16);
                d += Vector256.Load(at + i + 24);
            }
            _sums[part] = Vector256.Sum(a + b + c + d);
        }
    }

    // The widest vectors of the machine, as the kernels use them.
    sealed unsafe class MultiplyPhase(NativeFloats memory, int threads) : Phase
    {
        const int Rounds = 200_000, Chains = 8, Together = 16;

        public static double Flops => 2.0 * Chains * Together * Rounds * (Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count);

        public override int Parts => threads;

        public override bool Shared => true;

        public override void Run(int part, int thread)
        {
            float* at = memory.Pointer + 4096L * part;
            if (Vector512.IsHardwareAccelerated)
            {
                Wide(at);
            }
            else
            {
                Narrow(at);
            }
        }

        static void Narrow(float* at)
        {
            Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            Vector256<float> p = Vector256.Create(0.5f), q = Vector256.Create(0.25f);
            for (int i = 0; i < Rounds * Together; i++)
            {
                a = Vector256.FusedMultiplyAdd(p, q, a);
                b = Vector256.FusedMultiplyAdd(p, q, b);
                c = Vector256.FusedMultiplyAdd(p, q, c);
                d = Vector256.FusedMultiplyAdd(p, q, d);
                e = Vector256.FusedMultiplyAdd(p, q, e);
                f = Vector256.FusedMultiplyAdd(p, q, f);
                g = Vector256.FusedMultiplyAdd(p, q, g);
                h = Vector256.FusedMultiplyAdd(p, q, h);
            }
            (a + b + c + d + e + f + g + h).Store(at);
        }

        static void Wide(float* at)
        {
            Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            Vector512<float> p = Vector512.Create(0.5f), q = Vector512.Create(0.25f);
            for (int i = 0; i < Rounds * Together; i++)
            {
                a = Vector512.FusedMultiplyAdd(p, q, a);
                b = Vector512.FusedMultiplyAdd(p, q, b);
                c = Vector512.FusedMultiplyAdd(p, q, c);
                d = Vector512.FusedMultiplyAdd(p, q, d);
                e = Vector512.FusedMultiplyAdd(p, q, e);
                f = Vector512.FusedMultiplyAdd(p, q, f);
                g = Vector512.FusedMultiplyAdd(p, q, g);
                h = Vector512.FusedMultiplyAdd(p, q, h);
            }
            (a + b + c + d + e + f + g + h).Store(at);
        }
    }
}
