using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Brings a job's ledger to the disk as soon as each change needs. Lives on its grain's scheduler.</summary>
internal sealed class JobRecorder
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(250);

    private readonly JobKey _key;
    private readonly IPersistentState<JobGrainState> _state;
    private readonly JobLedger _ledger;
    private readonly Action _fence;
    private readonly ILogger _logger;
    private readonly CoalescingWriter _writer;

    /// <summary>Writes nothing yet.</summary>
    /// <param name="key">Which job.</param>
    /// <param name="state">The grain's storage.</param>
    /// <param name="ledger">What is written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="fence">Called when another activation turns out to own the job.</param>
    /// <param name="logger">Where failures are told.</param>
    internal JobRecorder(JobKey key, IPersistentState<JobGrainState> state, JobLedger ledger, TimeProvider time, Action fence, ILogger logger)
    {
        (_key, _state, _ledger, _fence, _logger) = (key, state, ledger, fence, logger);
        _writer = new(WriteStateAsync, WriteInterval, time);
    }

    /// <summary>Whether something is not written yet.</summary>
    internal bool Owes => _writer.IsDirty;

    /// <summary>Returns when the ledger as it is now has been written.</summary>
    internal Task WriteAsync() => _writer.WriteAsync();

    /// <summary>Writes as soon as the change of a transition needs, and returns when others may be told of it.</summary>
    internal async Task WriteAsync(Durability durability)
    {
        if (durability == Durability.Eager)
        {
            await WriteEagerAsync();
        }
        else if (durability != Durability.None && _ledger.Log.Withholds)
        {
            // Watchers wait for the numbers.
            _ = WriteNowAsync();
        }
        else if (durability == Durability.Soon)
        {
            _writer.WriteSoon(OnFailed);
        }
        else if (durability == Durability.Lazy)
        {
            _writer.WriteLater(OnFailed);
        }
    }

    /// <summary>Writes what a closing activation still owes.</summary>
    internal async Task FinishAsync()
    {
        if (_writer.IsDirty && _ledger.Current is not null)
        {
            try
            {
                await _writer.WriteAsync();
            }
            catch (Exception exception)
            {
                JobLog.WriteFailed(_logger, _key, exception);
            }
        }
    }

    private async Task WriteEagerAsync()
    {
        try
        {
            await _writer.WriteAsync();
        }
        catch (InconsistentStateException)
        {
            _fence();
            throw;
        }
        catch (Exception exception)
        {
            // The work is done whether or not the disk takes the record; it is written as soon as it can be.
            JobLog.WriteFailed(_logger, _key, exception);
            _writer.WriteLater(OnFailed);
        }
    }

    private async Task WriteNowAsync()
    {
        try
        {
            await _writer.WriteAsync();
        }
        catch (Exception exception)
        {
            if (OnFailed(exception))
            {
                _writer.WriteLater(OnFailed);
            }
        }
    }

    private bool OnFailed(Exception exception)
    {
        JobLog.WriteFailed(_logger, _key, exception);
        if (exception is InconsistentStateException)
        {
            _fence();
            return false;
        }

        return !_ledger.Closing;
    }

    private async Task WriteStateAsync()
    {
        if (_ledger.Current is null)
        {
            await (_state.RecordExists ? _state.ClearStateAsync() : Task.CompletedTask);
            return;
        }

        JobGrainState state = _ledger.ToState();
        _state.State = state;
        await _state.WriteStateAsync();
        _ledger.Reserve(state.SeqReserved);
    }
}
