using System.Numerics;
using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>
/// A pseudo-random permutation of 0 to N - 1 for each (version, seed, epoch), computed one place at a time without a table: a Feistel network
/// (Luby, Rackoff 1988) over the next power of four, walked along its cycle until the number is below N (Black, Rogaway 2002).
/// </summary>
readonly struct EpochOrder
{
    /// <summary>Changes whenever any order changes; part of an examples' identity.</summary>
    internal const int Version = 1;

    const int Rounds = 8;

    readonly ulong _count, _key, _mask;
    readonly int _half;

    /// <summary>The order of one epoch.</summary>
    /// <param name="count">N, 1 to 2^62.</param>
    /// <param name="seed">Seed of the stream.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    internal EpochOrder(long count, ulong seed, long epoch)
    {
        _count = (ulong)count;
        _key = SceneRandom.Key(Version, seed, (ulong)epoch);
        _half = Math.Max(1, (65 - BitOperations.LeadingZeroCount(_count - 1)) / 2);
        _mask = (1UL << _half) - 1;
    }

    /// <summary>Which item stands at a place of the epoch.</summary>
    /// <param name="place">0 to N - 1.</param>
    internal long At(long place)
    {
        ulong value = (ulong)place;
        do
        {
            value = Network(value);
        }
        while (value >= _count);
        return (long)value;
    }

    ulong Network(ulong value)
    {
        ulong left = value >> _half, right = value & _mask;
        for (ulong round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (SceneRandom.Key(_key, round, right) >> 32) & _mask);
        }
        return left << _half | right;
    }
}
