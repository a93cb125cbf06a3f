using Parti.Abstractions;
using Parti.Grains.Storage;

namespace Parti.Grains.Jobs;

/// <summary>Takes a job away with everything that is stored for it. Lives on its grain's scheduler.</summary>
/// <param name="key">Which job.</param>
/// <param name="state">The grain's storage.</param>
/// <param name="ledger">The job in memory.</param>
/// <param name="recorder">The job on the disk.</param>
/// <param name="effects">Carries out what follows.</param>
/// <param name="catalog">Its partition of the catalog.</param>
/// <param name="results">Where its pictures are.</param>
internal sealed class JobRemoval(
    JobKey key, IPersistentState<JobGrainState> state, JobLedger ledger, JobRecorder recorder, JobEffects effects, IJobCatalogGrain catalog, IResultStore results)
{
    /// <summary>Deletes the job; one that still runs is canceled first.</summary>
    internal async Task<CommandAnswer> DeleteAsync(CancellationToken cancellationToken)
    {
        // What is stored although nothing is here is what an earlier delete could not take.
        JobRecord? before = ledger.Current ?? (state.RecordExists ? state.State.Record : null);
        Transition transition = ledger.Decide(new JobCommand.Delete());
        if (before is not null)
        {
            ledger.Hide();
            effects.Run(transition, before.Model);

            // What arrives after the folder was emptied would belong to nobody.
            await effects.Described.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await results.DeleteAsync(ResultPaths.Folder(key, before.CreatedAt), cancellationToken);
            if (before.Request.Source is not null)
            {
                await results.DeleteAsync(ResultPaths.SourceFolder(key), cancellationToken);
            }

            await recorder.WriteAsync();
        }

        // Also where the record is gone: an earlier delete may have been cut short here.
        await catalog.RemoveAsync(key);
        return new(before is null ? CommandOutcome.NotFound : CommandOutcome.Done, null);
    }

    /// <summary>Removes a picture that was stored when its job had been deleted already.</summary>
    internal async Task RemoveStrayAsync(StoredReport stored)
    {
        string folder = stored.Url[..Math.Max(0, stored.Url.LastIndexOf('/'))];
        if (ledger.Current is null && folder.StartsWith($"jobs/{key.Tenant}/", StringComparison.Ordinal) && folder.EndsWith($"/{key.Id}", StringComparison.Ordinal))
        {
            await results.DeleteAsync(folder);
        }
    }
}
